-- The tables of market, as storage/market.py declares them.

CREATE TABLE correction (
    correction_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    day DATE NOT NULL,
    open BIGINT NOT NULL,
    high BIGINT NOT NULL,
    low BIGINT NOT NULL,
    close BIGINT NOT NULL,
    adjusted_close BIGINT NOT NULL,
    volume BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    replaced_at TIMESTAMP WITH TIME ZONE NOT NULL,
    replaced_by TEXT NOT NULL,
    PRIMARY KEY (correction_id),
    CONSTRAINT correction_replaces_a_revision_once UNIQUE (symbol, day, revision),
    CONSTRAINT correction_was_possible CHECK (low > 0 AND open > 0 AND close > 0 AND adjusted_close > 0 AND volume >= 0 AND high >= low)
);

CREATE TABLE import_part (
    part_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    part INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (part_id),
    CONSTRAINT import_part_comes_once UNIQUE (import_id, part)
);

CREATE TABLE instrument (
    symbol TEXT NOT NULL,
    name TEXT NOT NULL,
    exchange TEXT NOT NULL,
    days INTEGER NOT NULL,
    version INTEGER NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (symbol),
    CONSTRAINT instrument_exchange_is_known CHECK (exchange IN ('XTKS', 'XNYS', 'XNAS')),
    CONSTRAINT instrument_counts CHECK (days >= 0 AND version >= 0)
);

CREATE TABLE price_import (
    import_id TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol TEXT NOT NULL,
    name TEXT NOT NULL,
    encoding TEXT NOT NULL,
    status TEXT NOT NULL,
    parts INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    awaited JSONB NOT NULL,
    added INTEGER NOT NULL,
    corrected INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    first DATE,
    last DATE,
    changed_first DATE,
    changed_last DATE,
    findings JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (import_id),
    CONSTRAINT price_import_status_is_known CHECK (status IN ('arriving', 'reading', 'registering', 'finished', 'refused')),
    CONSTRAINT price_import_has_its_parts_once CHECK (arrived BETWEEN 1 AND parts),
    CONSTRAINT price_import_counts_add_up CHECK (status <> 'finished' OR added + corrected + unchanged = rows)
);

CREATE TABLE price (
    price_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    day DATE NOT NULL,
    open BIGINT NOT NULL,
    high BIGINT NOT NULL,
    low BIGINT NOT NULL,
    close BIGINT NOT NULL,
    adjusted_close BIGINT NOT NULL,
    volume BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    import_id TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (price_id),
    CONSTRAINT price_is_one_for_a_day UNIQUE (symbol, day),
    CONSTRAINT price_is_possible CHECK (low > 0 AND open > 0 AND close > 0 AND adjusted_close > 0 AND volume >= 0 AND high >= low),
    CONSTRAINT price_revisions_begin_at_1 CHECK (revision >= 1),
    CONSTRAINT price_is_of_an_instrument FOREIGN KEY(symbol) REFERENCES instrument (symbol)
);
