"""Owns tasks and the saga that creates them. Keeps of a user no more than name, status and version."""

from contracts.identity import CheckUser, UserChecked, UserCheckRefused, UserCreated, UserUpdated
from contracts.tasks import CreateTask, CreationOverdue, GetSaga, GetTask, ListSagas, ListTasks, MendSaga, MoveTask
from infra.group import Group
from infra.settings import lanes_of
from storage import tasks as tables
from workers.tasks import queries
from workers.tasks.rules import creation, moving, people
from workers.tasks.rules.task import Creation, Person, Task

group = Group(
    "tasks",
    tables={Creation: tables.creation, Person: tables.person, Task: tables.task},
    aggregates={"task": Task},
    sends=(CheckUser,),
    partitions=lanes_of("tasks"),
    metadata=tables.metadata,
)

group.on(CreateTask, creation.create_task)
group.on(UserChecked, creation.user_checked)
group.on(UserCheckRefused, creation.user_refused)
group.on(CreationOverdue, creation.creation_overdue)
group.on(MendSaga, creation.mend_saga)
group.on(MoveTask, moving.move_task)
group.on(UserCreated, people.note_user)
group.on(UserUpdated, people.note_user)
group.answers(GetTask, queries.one_task)
group.answers(ListTasks, queries.all_tasks)
group.answers(GetSaga, queries.saga)
group.answers(ListSagas, queries.all_sagas)
