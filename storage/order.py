"""The tables of order: orders with their sagas, the copy of the product master, breakers and heartbeats."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from infra import columns

metadata = sa.MetaData()

TIME = sa.DateTime(timezone=True)

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("order_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("lines", JSONB, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("destination", JSONB, nullable=False),
    sa.Column("payment_method", sa.Text, nullable=False),
    sa.Column("card_token", sa.Text, nullable=False),
    sa.Column("payment", JSONB, nullable=False),
    sa.Column("shipment", JSONB, nullable=False),
    sa.Column("modes", JSONB, nullable=False),
    sa.Column("placed_at", TIME, nullable=False),
    sa.Column("updated_at", TIME, nullable=False),
    *columns.progress(),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.CheckConstraint(
        "status IN ('pending', 'confirmed', 'shipped', 'delivered', 'failed', 'cancelling', 'cancelled', 'needs_attention')",
        name="orders_status",
    ),
    sa.CheckConstraint("state IN ('running', 'completed', 'compensating', 'compensated', 'stuck')", name="orders_state"),
    sa.CheckConstraint("amount >= 0 AND (amount = 0) = (currency = '')", name="orders_total"),
    sa.CheckConstraint(
        "status NOT IN ('confirmed', 'shipped', 'delivered', 'cancelling', 'cancelled') OR amount > 0",
        name="orders_confirmed_has_total",
    ),
    sa.CheckConstraint("(state IN ('running', 'compensating')) = (deadline IS NOT NULL)", name="orders_open_has_deadline"),
    sa.CheckConstraint("(state = 'stuck') = (status = 'needs_attention')", name="orders_stuck_needs_attention"),
    sa.CheckConstraint("payment_method IN ('wallet', 'card', 'pay_later')", name="orders_payment_method"),
    # A page of a customer's orders, a page of all, and the sagas by state; none has a column that each step changes.
    sa.Index("orders_by_customer", "customer_id", "placed_at", "order_id"),
    sa.Index("orders_by_time", "placed_at", "order_id"),
    sa.Index("orders_by_state", "state", "placed_at", "order_id"),
    # An order is rewritten about six times: room on the page keeps the indexes out of it.
    postgresql_with={"fillfactor": 50},
)

listing = sa.Table(
    "listing",
    metadata,
    sa.Column("sku", sa.Text, primary_key=True),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.CheckConstraint("amount > 0", name="listing_price"),
)

breaker = sa.Table(
    "breaker",
    metadata,
    sa.Column("participant", sa.Text, primary_key=True),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("forced", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", TIME),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("mode IN ('off', 'operator', 'automatic')", name="breaker_mode"),
    sa.CheckConstraint("state IN ('closed', 'open', 'half_open')", name="breaker_state"),
    sa.CheckConstraint("participant <> 'inventory' OR mode <> 'automatic'", name="breaker_never_oversells_by_itself"),
)

pulse = sa.Table(
    "pulse",
    metadata,
    sa.Column("domain", sa.Text, primary_key=True),
    sa.Column("last", TIME, nullable=False),
    sa.Column("since", TIME, nullable=False),
    sa.Column("oldest_seconds", sa.Float, nullable=False),
)

products = sa.select(listing)
roads = sa.select(breaker)
loads = (
    sa.select(
        orders.c.waits_for.label("participant"),
        sa.func.count().label("waiting"),
        sa.func.count().filter((orders.c.attempts > 0) | (orders.c.deadline < sa.func.now())).label("late"),
    )
    .where(orders.c.state.in_(("running", "compensating")), orders.c.waits_for != "")
    .group_by(orders.c.waits_for)
)
"""Steps that wait, by participant; a step asked for again missed a deadline before."""
