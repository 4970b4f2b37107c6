-- The tables of order, as storage/order.py declares them.

CREATE TABLE breaker (
    participant TEXT NOT NULL,
    mode TEXT NOT NULL,
    forced BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (participant),
    CONSTRAINT breaker_mode CHECK (mode IN ('off', 'operator', 'automatic')),
    CONSTRAINT breaker_state CHECK (state IN ('closed', 'open', 'half_open')),
    CONSTRAINT breaker_never_oversells_by_itself CHECK (participant <> 'inventory' OR mode <> 'automatic')
);

CREATE TABLE listing (
    sku TEXT NOT NULL,
    category TEXT NOT NULL,
    name TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    PRIMARY KEY (sku),
    CONSTRAINT listing_price CHECK (amount > 0)
);

CREATE TABLE orders (
    order_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    status TEXT NOT NULL,
    lines JSONB NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    category TEXT NOT NULL,
    destination JSONB NOT NULL,
    payment_method TEXT NOT NULL,
    card_token TEXT NOT NULL,
    payment JSONB NOT NULL,
    shipment JSONB NOT NULL,
    modes JSONB NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE NOT NULL,
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
    PRIMARY KEY (order_id),
    CONSTRAINT orders_status CHECK (status IN ('pending', 'confirmed', 'shipped', 'delivered', 'failed', 'cancelling', 'cancelled', 'needs_attention')),
    CONSTRAINT orders_state CHECK (state IN ('running', 'completed', 'compensating', 'compensated', 'stuck')),
    CONSTRAINT orders_total CHECK (amount >= 0 AND (amount = 0) = (currency = '')),
    CONSTRAINT orders_confirmed_has_total CHECK (status NOT IN ('confirmed', 'shipped', 'delivered', 'cancelling', 'cancelled') OR amount > 0),
    CONSTRAINT orders_open_has_deadline CHECK ((state IN ('running', 'compensating')) = (deadline IS NOT NULL)),
    CONSTRAINT orders_stuck_needs_attention CHECK ((state = 'stuck') = (status = 'needs_attention')),
    CONSTRAINT orders_payment_method CHECK (payment_method IN ('wallet', 'card', 'pay_later'))
)
WITH (fillfactor = 50);

CREATE INDEX orders_by_customer ON orders (customer_id, placed_at, order_id);

CREATE INDEX orders_by_state ON orders (state, placed_at, order_id);

CREATE INDEX orders_by_time ON orders (placed_at, order_id);

CREATE TABLE pulse (
    domain TEXT NOT NULL,
    last TIMESTAMP WITH TIME ZONE NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    oldest_seconds FLOAT NOT NULL,
    PRIMARY KEY (domain)
);
