-- Every event of every domain, in one order. Positions are counted in `log`, never drawn from a sequence: one that a
-- rolled back transaction had drawn would be missing for ever.
CREATE TABLE event (
    position    bigint      NOT NULL PRIMARY KEY,
    event_id    uuid        NOT NULL,
    type        text        NOT NULL,
    source      text        NOT NULL,
    subject     text        NOT NULL,
    stream      text,
    version     bigint,
    time        timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    correlation uuid        NOT NULL,
    causation   uuid,
    data        jsonb       NOT NULL,
    CONSTRAINT event_comes_once UNIQUE (event_id),
    CONSTRAINT event_has_its_own_version UNIQUE (stream, version),
    CONSTRAINT event_is_counted_from_one CHECK (position >= 1 AND (version IS NULL OR version >= 1)),
    CONSTRAINT event_version_belongs_to_a_stream CHECK (version IS NULL OR stream IS NOT NULL)
);
CREATE INDEX event_correlation ON event (correlation);
CREATE INDEX event_type ON event (type, position);

-- That a command, a job, a timer or an answer was: what a timeline needs, and nothing of what it said.
CREATE TABLE trace (
    id          uuid        NOT NULL PRIMARY KEY,
    kind        text        NOT NULL,
    type        text        NOT NULL,
    subject     text        NOT NULL,
    source      text        NOT NULL,
    time        timestamptz NOT NULL,
    correlation uuid        NOT NULL,
    causation   uuid,
    actor       text        NOT NULL,
    traceparent text        NOT NULL,
    CONSTRAINT trace_kind_is_known CHECK (kind IN ('event', 'command', 'job', 'timer'))
);
CREATE INDEX trace_correlation ON trace (correlation);

-- The last position. Whoever writes holds this row until its commit, so positions become visible in their order.
CREATE TABLE log (
    name     text   NOT NULL PRIMARY KEY,
    position bigint NOT NULL,
    CONSTRAINT log_is_counted_from_zero CHECK (position >= 0)
);

-- The streams that are appended to here, and whose they are.
CREATE TABLE stream (
    stream  text   NOT NULL PRIMARY KEY,
    owner   text   NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT stream_is_counted_from_one CHECK (version >= 1)
);

-- What was appended under which id, so that asking again appends nothing.
CREATE TABLE append (
    append_id   text        NOT NULL PRIMARY KEY,
    stream      text        NOT NULL,
    version     bigint      NOT NULL,
    position    bigint      NOT NULL,
    event_ids   jsonb       NOT NULL,
    correlation uuid        NOT NULL,
    causation   uuid        NOT NULL,
    at          timestamptz NOT NULL
);

-- Nothing that was written is changed or taken back (S2-33): neither by the role that works here nor, by mistake, by
-- the one that owns the tables.
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened is not changed: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER event_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION never();
CREATE TRIGGER trace_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON trace FOR EACH STATEMENT EXECUTE FUNCTION never();
CREATE TRIGGER append_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON append FOR EACH STATEMENT EXECUTE FUNCTION never();
DO $$
DECLARE role text := current_setting('hikyaku.role', true);
BEGIN
    IF role <> '' THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON event, trace FROM %I', role);
    END IF;
END
$$;
