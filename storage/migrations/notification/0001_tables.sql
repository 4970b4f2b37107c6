-- The tables of notification, as storage/notification.py declares them.

CREATE TABLE mailbox (
    recipient TEXT NOT NULL,
    received BIGINT NOT NULL,
    unread INTEGER NOT NULL,
    PRIMARY KEY (recipient),
    CONSTRAINT mailbox_has_received_what_is_unread CHECK (unread BETWEEN 0 AND received)
);

CREATE TABLE notification (
    notification_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    link TEXT NOT NULL,
    ja TEXT NOT NULL,
    en TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (notification_id),
    CONSTRAINT notification_has_its_own_place UNIQUE (recipient, number),
    CONSTRAINT notification_numbers_begin_at_1 CHECK (number >= 1)
);
