-- The operation that started the saga at work; those that began before this was kept have none.
ALTER TABLE creation ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE creation ALTER COLUMN cause DROP DEFAULT;
CREATE INDEX creation_by_state ON creation (state, task_id);
