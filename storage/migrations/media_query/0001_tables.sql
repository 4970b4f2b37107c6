CREATE TABLE media (
    media_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    filename TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    address TEXT NOT NULL,
    thumb_url TEXT NOT NULL,
    thumb_address TEXT NOT NULL,
    thumb_type TEXT NOT NULL,
    thumb_size BIGINT NOT NULL,
    uploaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (media_id),
    CONSTRAINT media_status CHECK (status IN ('processing', 'active', 'failed', 'disabled')),
    CONSTRAINT media_version CHECK (version >= 1)
);

CREATE INDEX media_by_user ON media (user_id, uploaded_at, media_id);
