-- The tables of booking, as storage/booking.py declares them.

-- Lets a GiST index compare texts as well as ranges. A trusted extension: the owner of the database may make it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

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
    PRIMARY KEY (plan_id)
);

CREATE TABLE reservation (
    reservation_id TEXT NOT NULL,
    cast_id TEXT NOT NULL,
    guest_id TEXT NOT NULL,
    plan JSONB NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    pledge_token TEXT,
    pressed_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (reservation_id),
    CONSTRAINT reservation_status_is_known CHECK (status IN ('draft', 'confirmed', 'expired', 'withdrawn', 'declined', 'cancelled_by_guest', 'cancelled_by_cast')),
    CONSTRAINT reservation_takes_time CHECK (starts_at < ends_at OR status = 'withdrawn'),
    CONSTRAINT reservation_expires_before_it_starts CHECK (expires_at <= starts_at),
    CONSTRAINT reservation_press_has_a_token CHECK ((pledge_token IS NULL) = (pressed_at IS NULL)),
    CONSTRAINT reservation_press_is_of_a_draft CHECK (pledge_token IS NULL OR status = 'draft'),
    CONSTRAINT reservation_reason_is_of_a_withdrawal CHECK (status = 'withdrawn' OR reason = ''),
    CONSTRAINT bookings_of_a_cast_never_overlap EXCLUDE USING gist (cast_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
        WHERE (status = 'confirmed') DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT bookings_of_a_guest_never_overlap EXCLUDE USING gist (guest_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
        WHERE (status = 'confirmed') DEFERRABLE INITIALLY IMMEDIATE
);

CREATE INDEX reservation_of_a_cast ON reservation (cast_id, reservation_id);
CREATE INDEX reservation_of_a_guest ON reservation (guest_id, reservation_id);

CREATE TABLE day (
    day_id TEXT NOT NULL,
    entries JSONB NOT NULL,
    PRIMARY KEY (day_id)
);
