-- Who hears of prices, and what is known of them.

CREATE TABLE price_alert (
    alert_id TEXT NOT NULL,
    holder TEXT NOT NULL,
    symbol TEXT NOT NULL,
    watch TEXT NOT NULL,
    direction TEXT NOT NULL,
    threshold BIGINT NOT NULL,
    armed BOOLEAN,
    fired INTEGER NOT NULL,
    fired_on DATE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (alert_id),
    CONSTRAINT price_alert_watch_is_known CHECK (watch IN ('close', 'forecast')),
    CONSTRAINT price_alert_direction_is_known CHECK (direction IN ('above', 'below')),
    CONSTRAINT price_alert_threshold_is_a_price CHECK (threshold > 0),
    CONSTRAINT price_alert_fired_on_a_day CHECK ((fired = 0) = (fired_on IS NULL))
);

CREATE INDEX price_alert_by_holder ON price_alert (holder, alert_id);

CREATE TABLE watched (
    symbol TEXT NOT NULL,
    alert_ids JSONB NOT NULL,
    day DATE,
    close BIGINT,
    version INTEGER NOT NULL,
    forecast BIGINT,
    PRIMARY KEY (symbol),
    CONSTRAINT watched_close_has_a_day CHECK ((day IS NULL) = (close IS NULL)),
    CONSTRAINT watched_alerts_are_bounded CHECK (jsonb_array_length(alert_ids) <= 100)
);
