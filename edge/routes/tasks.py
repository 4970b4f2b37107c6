"""Tasks (S0-30, S0-42 … S0-44): for oneself, or for anybody by an admin."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from contracts.message import Id
from contracts.tasks import CreateTask, GetTask, ListTasks, MoveTask, Priority, TaskAnswer, TaskPage, TaskStatus
from edge.calls import Call, Intent
from edge.endpoints import Routes
from edge.fields import Label, Request, prose
from edge.owned import owned
from edge.paging import Page
from infra import ids

routes = Routes("tasks")


class NewTask(Request):
    """`user_id` is whose task it is: oneself when it is left out."""

    user_id: Id | None = None
    title: Label
    description: Annotated[str, Field(max_length=8000), AfterValidator(prose)] = ""
    priority: Priority = "none"
    due_date: Annotated[date | None, Field(strict=False)] = None


class Move(Request):
    status: TaskStatus


class TasksOf(Page):
    """A customer sees his own; an admin all, or those of one assignee."""

    assignee: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9._:@-]*$")] = ""
    status: Literal["", "todo", "in_progress", "in_review", "done", "cancelled"] = ""


@routes.post("/v1/tasks", NewTask, ids=("task_id",))
async def create(call: Call[NewTask]) -> Intent:
    """Create a task for a user."""
    body, task_id = call.body, str(ids.root())
    user_id = body.user_id or call.principal.subject
    call.principal.must_act_for(user_id, "user_id")
    command = CreateTask(
        task_id=task_id,
        user_id=user_id,
        title=body.title,
        description=body.description,
        priority=body.priority,
        due_date=body.due_date,
        created_by=call.principal.subject,
    )
    return Intent(command, {"task_id": task_id}, {"task": f"/v1/tasks/{task_id}"})


@routes.get("/v1/tasks/{task_id}", TaskAnswer)
async def task(call: Call[None]) -> bytes:
    """A task together with its user."""
    return owned(await call.ask(GetTask(task_id=call.id("task_id"))), call.principal, "user_id")


@routes.get("/v1/tasks", TaskPage, query=TasksOf)
async def browse(call: Call[None]) -> bytes:
    """The tasks of a user, newest first."""
    wish = call.query or TasksOf()
    assignee = wish.assignee or ("" if call.principal.admin else call.principal.subject)
    if assignee:
        call.principal.must_see(assignee)
    return await call.ask(ListTasks(assignee=assignee, status=wish.status, cursor=wish.cursor, limit=wish.limit))


@routes.patch("/v1/tasks/{task_id}", Move, ids=("task_id",))
async def move(call: Call[Move]) -> Intent:
    """Move a task to another status."""
    task_id = call.id("task_id")
    known = await call.glance(GetTask(task_id=task_id))
    # With the owner away the command carries whose task it must be, and the owner checks it.
    user_id = known["user_id"] if known else "" if call.principal.admin else call.principal.subject
    if user_id:
        call.principal.must_see(user_id)
    command = MoveTask(task_id=task_id, status=call.body.status, user_id=user_id)
    return Intent(command, {"task_id": task_id}, {"task": f"/v1/tasks/{task_id}"})
