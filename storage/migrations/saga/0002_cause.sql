-- The operation that started the saga at work; those that began before this was kept have none.
ALTER TABLE upload ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE upload ALTER COLUMN cause DROP DEFAULT;
