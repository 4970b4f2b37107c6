CREATE TABLE album (
    album_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    media INTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (album_id),
    CONSTRAINT album_holds_no_less_than_nothing CHECK (media >= 0)
);

CREATE UNIQUE INDEX album_one_default_each ON album (user_id) WHERE is_default;

CREATE INDEX album_by_user ON album (user_id, album_id);

CREATE TABLE entry (
    entry_id TEXT NOT NULL,
    album_id TEXT NOT NULL,
    media_id TEXT NOT NULL,
    upload INTEGER NOT NULL,
    present BOOLEAN NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (entry_id),
    CONSTRAINT entry_once_in_an_album UNIQUE (album_id, media_id)
);

CREATE INDEX entry_by_time ON entry (album_id, added_at, media_id) WHERE present;
