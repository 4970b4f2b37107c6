-- The tables of offer, as storage/offer.py declares them.

CREATE TABLE plan (
    plan_id TEXT NOT NULL,
    cast_id TEXT NOT NULL,
    name TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    slots JSONB NOT NULL,
    active BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (plan_id),
    CONSTRAINT plan_lasts_a_day_at_most CHECK (minutes BETWEEN 5 AND 1440),
    CONSTRAINT plan_has_a_price CHECK (amount > 0),
    CONSTRAINT plan_versions_count_from_1 CHECK (version > 0)
);

CREATE INDEX plan_of_a_cast ON plan (cast_id, plan_id);

CREATE TABLE engagement (
    reservation_id TEXT NOT NULL,
    cast_id TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (reservation_id),
    CONSTRAINT engagement_state_is_known CHECK (state IN ('held', 'taken', 'over'))
);

CREATE INDEX engagement_of_a_cast ON engagement (cast_id, ends_at);
