CREATE TABLE upload (
    media_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    upload INTEGER NOT NULL,
    filename TEXT NOT NULL,
    address TEXT NOT NULL,
    album_id TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    saga TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    backwards BOOLEAN NOT NULL,
    step TEXT NOT NULL,
    waits_for TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    asks INTEGER NOT NULL,
    deadline TIMESTAMP WITH TIME ZONE,
    failed TEXT NOT NULL,
    reason TEXT NOT NULL,
    steps JSONB NOT NULL,
    history JSONB NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (media_id),
    CONSTRAINT upload_state CHECK (state IN ('running', 'completed', 'compensating', 'compensated', 'stuck')),
    CONSTRAINT upload_open_has_deadline CHECK ((state IN ('running', 'compensating')) = (deadline IS NOT NULL)),
    CONSTRAINT upload_completed_stands_in_an_album CHECK (state <> 'completed' OR album_id <> '')
)
WITH (fillfactor = 50);

CREATE INDEX upload_by_time ON upload (started_at, media_id);

CREATE INDEX upload_by_state ON upload (state, started_at, media_id);
