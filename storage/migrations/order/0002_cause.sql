-- The operation that started the saga at work; orders placed before this was kept have none.
ALTER TABLE orders ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ALTER COLUMN cause DROP DEFAULT;
