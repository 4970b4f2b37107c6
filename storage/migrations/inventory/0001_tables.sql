-- The tables of inventory, as storage/inventory.py declares them.

CREATE TABLE import_part (
    part_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    part INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (part_id),
    CONSTRAINT import_part_comes_once UNIQUE (import_id, part)
);

CREATE TABLE movement (
    movement_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    reason TEXT NOT NULL,
    order_id TEXT,
    actor TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (movement_id),
    CONSTRAINT movement_of_an_order_happens_once UNIQUE (order_id, sku, reason),
    CONSTRAINT movement_goes_the_way_of_its_reason CHECK (quantity > 0 AND reason IN ('receive', 'return') OR quantity < 0 AND reason IN ('sale', 'damage') OR quantity <> 0 AND reason = 'adjust')
);

CREATE INDEX movement_by_sku ON movement (sku, at);

CREATE TABLE oversold (
    oversold_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (oversold_id),
    CONSTRAINT oversold_once_per_line UNIQUE (order_id, sku),
    CONSTRAINT oversold_lacks_something CHECK (quantity > 0)
);

CREATE TABLE product (
    sku TEXT NOT NULL,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    low_stock_threshold BIGINT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (sku),
    CONSTRAINT product_costs_something CHECK (amount > 0),
    CONSTRAINT product_threshold_is_a_quantity CHECK (low_stock_threshold >= 0)
);

CREATE INDEX product_by_category ON product (category, sku);

CREATE TABLE product_import (
    import_id TEXT NOT NULL,
    parts INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    status TEXT NOT NULL,
    part INTEGER NOT NULL,
    skip INTEGER NOT NULL,
    line INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    faults JSONB NOT NULL,
    PRIMARY KEY (import_id),
    CONSTRAINT import_status_is_known CHECK (status IN ('arriving', 'running', 'finished', 'refused')),
    CONSTRAINT import_has_its_parts_once CHECK (arrived BETWEEN 1 AND parts),
    CONSTRAINT import_counts_add_up CHECK (failed BETWEEN 0 AND rows)
);

CREATE TABLE reservation (
    order_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    category TEXT NOT NULL,
    status TEXT NOT NULL,
    lines JSONB NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    returned BOOLEAN NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (order_id),
    CONSTRAINT reservation_status_is_known CHECK (status IN ('held', 'confirmed', 'released', 'expired')),
    CONSTRAINT reservation_held_is_not_returned CHECK (NOT (returned AND status = 'held'))
);

CREATE INDEX reservation_held_until ON reservation (expires_at) WHERE status = 'held';

CREATE TABLE stock (
    sku TEXT NOT NULL,
    category TEXT NOT NULL,
    low_stock_threshold BIGINT NOT NULL,
    on_hand BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    low BOOLEAN NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (sku),
    CONSTRAINT stock_is_never_oversold CHECK (reserved >= 0 AND reserved <= on_hand),
    CONSTRAINT stock_is_of_a_product FOREIGN KEY(sku) REFERENCES product (sku)
);
