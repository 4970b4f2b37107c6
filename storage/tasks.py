"""The tables of tasks: tasks, the sagas that create them, and the copy of users that names their assignees."""

from __future__ import annotations

import sqlalchemy as sa

from infra import columns

metadata = sa.MetaData()

PRIORITIES = "priority IN ('none', 'low', 'medium', 'high', 'urgent')"

creation = sa.Table(
    "creation",
    metadata,
    sa.Column("task_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("due_date", sa.Date, nullable=True),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
    *columns.progress(),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Index("creation_by_state", "state", "task_id"),
)

person = sa.Table(
    "person",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
)

task = sa.Table(
    "task",
    metadata,
    sa.Column("task_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("due_date", sa.Date, nullable=True),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("completed_at", sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(["user_id"], ["person.user_id"], name="task_is_of_somebody_known"),
    sa.CheckConstraint("status IN ('todo', 'in_progress', 'in_review', 'done', 'cancelled')", name="task_status_is_known"),
    sa.CheckConstraint(PRIORITIES, name="task_priority_is_known"),
    sa.CheckConstraint("(status = 'done') = (completed_at IS NOT NULL)", name="task_that_is_done_was_completed"),
    sa.Index("task_by_assignee", "user_id", "task_id"),
    sa.Index("task_by_status", "status", "task_id"),
)
