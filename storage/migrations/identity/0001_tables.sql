-- The tables of identity, as storage/identity.py declares them.

CREATE TABLE users (
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    email JSONB NOT NULL,
    email_index TEXT NOT NULL,
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (user_id),
    CONSTRAINT user_status_is_known CHECK (status IN ('active', 'suspended')),
    CONSTRAINT user_versions_begin_at_1 CHECK (version >= 1)
);

CREATE TABLE address (
    email_index TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (email_index),
    CONSTRAINT user_has_one_address UNIQUE (user_id)
);
