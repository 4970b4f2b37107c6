-- The tables of chat, as storage/chat.py declares them.

CREATE TABLE room (
    room_id TEXT NOT NULL,
    cast_id TEXT NOT NULL,
    guest_id TEXT NOT NULL,
    last BIGINT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (room_id),
    CONSTRAINT room_is_the_only_one_of_its_two UNIQUE (cast_id, guest_id),
    CONSTRAINT room_counts_from_1 CHECK (last >= 0)
);

CREATE INDEX room_of_a_guest ON room (guest_id, room_id);

CREATE TABLE invitation (
    reservation_id TEXT NOT NULL,
    cast_id TEXT NOT NULL,
    guest_id TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    plan JSONB NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE,
    ends_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    PRIMARY KEY (reservation_id),
    CONSTRAINT invitation_status_is_known CHECK (status IN ('asked', 'refused', 'open', 'confirmed', 'expired', 'withdrawn', 'declined', 'cancelled_by_guest', 'cancelled_by_cast')),
    CONSTRAINT invitation_that_is_held_has_a_version CHECK ((status IN ('asked', 'refused')) = (version = 0)),
    CONSTRAINT invitation_that_is_held_has_a_time CHECK ((version = 0) = (starts_at IS NULL))
);

CREATE TABLE message (
    message_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    reservation_id TEXT,
    text JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (message_id),
    CONSTRAINT message_is_in_a_room FOREIGN KEY (room_id) REFERENCES room (room_id),
    CONSTRAINT message_number_is_of_one_message UNIQUE (room_id, number),
    CONSTRAINT message_of_an_invitation_comes_once UNIQUE (reservation_id, kind),
    CONSTRAINT message_numbers_count_from_1 CHECK (number > 0),
    CONSTRAINT message_kind_is_known CHECK (kind IN ('text', 'invitation', 'seal', 'closed')),
    CONSTRAINT message_of_an_invitation_names_it CHECK ((kind = 'text') = (reservation_id IS NULL))
);
