-- What was asked over HTTP, under which idempotency key, how it fares, and who called.

CREATE TABLE operation (
    operation_id uuid PRIMARY KEY,
    principal text NOT NULL,
    command text NOT NULL,
    ids jsonb NOT NULL,
    links jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'delayed', 'suspended', 'succeeded', 'failed')),
    steps jsonb NOT NULL,
    reason text NOT NULL,
    outcome jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 70);

-- Open operations are few among the closed ones; `hikyaku top` counts them.
CREATE INDEX operation_open ON operation (created_at) WHERE status IN ('pending', 'delayed', 'suspended');
CREATE INDEX operation_age ON operation USING brin (created_at);

CREATE TABLE request (
    principal text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    operation_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (principal, route, key)
);
CREATE INDEX request_age ON request USING brin (at);

CREATE TABLE audit (
    at timestamptz NOT NULL,
    request_id text NOT NULL,
    trace_id text NOT NULL,
    principal text NOT NULL,
    method text NOT NULL,
    route text NOT NULL,
    status smallint NOT NULL,
    milliseconds integer NOT NULL,
    operation_id uuid
);
CREATE INDEX audit_at ON audit USING brin (at);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- The role that runs the edge may add to the log and read it, nothing else.
DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM %I', current_setting('hikyaku.role'));
END
$$;
