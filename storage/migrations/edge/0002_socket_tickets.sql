-- Single-use tickets to the WebSocket, by their digest. What a crash loses is asked for again, hence unlogged.

CREATE UNLOGGED TABLE socket_ticket (
    digest bytea PRIMARY KEY,
    subject text NOT NULL,
    roles text[] NOT NULL,
    token_expires double precision NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX socket_ticket_subject ON socket_ticket (subject, expires_at);
CREATE INDEX socket_ticket_age ON socket_ticket (expires_at);
