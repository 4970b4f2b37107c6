-- The tables of shipping, as storage/shipping.py declares them.

CREATE TABLE carrier_event (
    carrier_event_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    status TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (carrier_event_id),
    CONSTRAINT carrier_event_comes_once UNIQUE (order_id, event_id),
    CONSTRAINT carrier_event_status_is_known CHECK (status IN ('picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'delivery_failed', 'returned'))
);

CREATE TABLE reference (
    reference TEXT NOT NULL,
    order_id TEXT NOT NULL,
    PRIMARY KEY (reference)
);

CREATE TABLE shipment (
    order_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    prefecture TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    recipient JSONB NOT NULL,
    parcels JSONB NOT NULL,
    tracking_number TEXT,
    carrier TEXT NOT NULL,
    estimated_delivery DATE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE,
    shipped_at TIMESTAMP WITH TIME ZONE,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (order_id),
    CONSTRAINT shipment_id_is_unique UNIQUE (shipment_id),
    CONSTRAINT shipment_tracking_number_is_unique UNIQUE (tracking_number),
    CONSTRAINT shipment_status_is_known CHECK (status IN ('arranged', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'delivery_failed', 'returned', 'cancelled', 'manual')),
    CONSTRAINT shipment_moves_from_pick_up_on CHECK ((status IN ('arranged', 'cancelled', 'manual')) = (moved_at IS NULL)),
    CONSTRAINT shipment_that_moves_was_shipped CHECK ((moved_at IS NULL) = (shipped_at IS NULL)),
    CONSTRAINT shipment_tracking_number_has_12_digits CHECK (tracking_number ~ '^[0-9]{12}$')
);
