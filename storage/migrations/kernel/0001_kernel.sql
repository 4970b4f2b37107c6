-- What every domain's database holds beside the domain's own tables. Day partitions are made by infra/partitions.py.

-- Which messages were settled. Partitioned by the day inside the id: a unique key must contain the partition key.
CREATE TABLE inbox (
    id      uuid    NOT NULL PRIMARY KEY,
    digest  bytea   NOT NULL,
    answer  text
) PARTITION BY RANGE (id);

-- Every message that left, for `replay`; append-only. A bundle is what one transaction sends.
CREATE TABLE outbox (
    bundle   uuid    NOT NULL,
    position integer NOT NULL,
    id       uuid    NOT NULL,
    exchange text    NOT NULL,
    topic    text    NOT NULL,
    headers  jsonb   NOT NULL,
    body     text    NOT NULL,
    PRIMARY KEY (bundle, position)
) PARTITION BY RANGE (bundle);

-- The bundles that are not known to be confirmed yet: one small row for each.
CREATE TABLE pending (
    bundle  uuid        NOT NULL PRIMARY KEY,
    owner   uuid        NOT NULL,
    lane    integer     NOT NULL,
    at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pending_lane ON pending (lane, bundle);
ALTER TABLE pending SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- The processes that publish from this database; a lease by database time.
CREATE TABLE owner (
    id   uuid        NOT NULL PRIMARY KEY,
    name text        NOT NULL,
    beat timestamptz NOT NULL DEFAULT now()
);

-- Who may commit for a lane. A new owner raises the epoch, and whoever still has the old one writes nothing.
CREATE TABLE lane (
    number    integer     NOT NULL PRIMARY KEY,
    epoch     bigint      NOT NULL DEFAULT 0,
    owner     uuid,
    beat      timestamptz NOT NULL DEFAULT '-infinity',
    suspect   uuid,                                      -- the message that ran alone when the process died
    suspicion integer     NOT NULL DEFAULT 0
);

CREATE TABLE timer (
    topic   text        NOT NULL,
    subject text        NOT NULL,
    id      uuid        NOT NULL,
    lane    integer     NOT NULL,
    due     timestamptz NOT NULL,
    headers jsonb       NOT NULL,
    body    text        NOT NULL,
    PRIMARY KEY (topic, subject)
);
CREATE INDEX timer_due ON timer (lane, due);

-- Messages that failed: waiting for their next attempt, behind an earlier one of their key, or dead.
CREATE TABLE parked (
    id        uuid        NOT NULL PRIMARY KEY,
    place     bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    lane      integer     NOT NULL,
    key       text        NOT NULL,
    topic     text        NOT NULL,
    headers   jsonb       NOT NULL,
    body      text        NOT NULL,
    status    text        NOT NULL CHECK (status IN ('waiting', 'behind', 'dead')),
    attempts  integer     NOT NULL CHECK (attempts >= 0),
    due       timestamptz NOT NULL,
    reason    text        NOT NULL,
    detail    text        NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX parked_due ON parked (lane, due) WHERE status = 'waiting';
CREATE INDEX parked_key ON parked (lane, key, place);
