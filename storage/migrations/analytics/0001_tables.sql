-- The tables of analytics, as storage/analytics.py declares them.

CREATE TABLE close (
    close_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    day DATE NOT NULL,
    close BIGINT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (close_id),
    CONSTRAINT close_is_one_for_a_day UNIQUE (symbol, day),
    CONSTRAINT close_is_positive CHECK (close > 0)
);

CREATE TABLE outlook (
    symbol TEXT NOT NULL,
    version INTEGER NOT NULL,
    model TEXT NOT NULL,
    as_of DATE NOT NULL,
    close BIGINT NOT NULL,
    day DATE NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (symbol),
    CONSTRAINT outlook_looks_ahead CHECK (close > 0 AND value > 0 AND day > as_of)
);

CREATE TABLE period (
    period_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    kind TEXT NOT NULL,
    first DATE NOT NULL,
    days INTEGER NOT NULL,
    total BIGINT NOT NULL,
    PRIMARY KEY (period_id),
    CONSTRAINT period_is_one UNIQUE (symbol, kind, first),
    CONSTRAINT period_kind_is_known CHECK (kind IN ('week', 'month')),
    CONSTRAINT period_adds_up_days CHECK (days > 0 AND total >= days)
);
