-- A call is a span of its caller's trace, and is found by the operation that it began or asked for.
ALTER TABLE audit
    ADD COLUMN span_id text NOT NULL DEFAULT '',
    ADD COLUMN parent_id text NOT NULL DEFAULT '';
CREATE INDEX audit_operation ON audit (operation_id) WHERE operation_id IS NOT NULL;
