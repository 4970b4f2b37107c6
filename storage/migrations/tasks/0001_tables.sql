-- The tables of tasks, as storage/tasks.py declares them.

CREATE TABLE creation (
    task_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    priority TEXT NOT NULL,
    due_date DATE,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    saga TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    backwards BOOLEAN NOT NULL,
    step TEXT NOT NULL,
    waits_for TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    asks INTEGER NOT NULL,
    deadline TIMESTAMP WITH TIME ZONE,
    failed TEXT NOT NULL,
    reason TEXT NOT NULL,
    steps JSONB NOT NULL,
    history JSONB NOT NULL,
    PRIMARY KEY (task_id)
);

CREATE TABLE person (
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (user_id)
);

CREATE TABLE task (
    task_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    status TEXT NOT NULL,
    priority TEXT NOT NULL,
    due_date DATE,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (task_id),
    CONSTRAINT task_is_of_somebody_known FOREIGN KEY (user_id) REFERENCES person (user_id),
    CONSTRAINT task_status_is_known CHECK (status IN ('todo', 'in_progress', 'in_review', 'done', 'cancelled')),
    CONSTRAINT task_priority_is_known CHECK (priority IN ('none', 'low', 'medium', 'high', 'urgent')),
    CONSTRAINT task_that_is_done_was_completed CHECK ((status = 'done') = (completed_at IS NOT NULL))
);
CREATE INDEX task_by_assignee ON task (user_id, task_id);
CREATE INDEX task_by_status ON task (status, task_id);
