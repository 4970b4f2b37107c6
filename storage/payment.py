"""The tables of payment. Amounts are in the smallest unit of the row's currency; each rule of money has its constraint."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

LIVING = "status IN ('pending', 'captured', 'partially_refunded', 'unknown') AND NOT cancel_requested"

payment = sa.Table(
    "payment",
    metadata,
    sa.Column("charge_id", sa.Text, primary_key=True),
    sa.Column("payment_id", sa.Text, nullable=False),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("processed_at", sa.DateTime(timezone=True)),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("refunded", sa.BigInteger, nullable=False),
    sa.Column("refunding", sa.BigInteger, nullable=False),
    sa.Column("cancel_requested", sa.Boolean, nullable=False),
    sa.Column("cancellations", sa.Integer, nullable=False),
    sa.Column("awaiting", JSONB, nullable=False),
    sa.Column("card_token", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("due_date", sa.Date),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("payment_id", name="payment_id_is_unique"),
    sa.CheckConstraint(
        "status IN ('pending', 'captured', 'partially_refunded', 'refunded', 'declined', 'voided', 'unknown')",
        name="payment_status_is_known",
    ),
    sa.CheckConstraint(
        "(amount > 0 AND method IN ('wallet', 'card', 'pay_later')) OR (amount = 0 AND method = '' AND status = 'voided')",
        name="payment_has_an_amount_or_is_a_tombstone",
    ),
    sa.CheckConstraint(
        "refunded >= 0 AND refunding >= 0 AND refunded + refunding <= amount", name="payment_refunds_what_it_captured"
    ),
    sa.CheckConstraint(
        "CASE status WHEN 'refunded' THEN refunded = amount"
        " WHEN 'partially_refunded' THEN refunded BETWEEN 1 AND amount - 1"
        " WHEN 'captured' THEN refunded = 0 WHEN 'pending' THEN refunded = 0 WHEN 'unknown' THEN refunded = 0"
        " ELSE true END",
        name="payment_status_tells_what_is_refunded",
    ),
    sa.CheckConstraint("card_token = '' OR method = 'card'", name="payment_token_is_of_a_card"),
    sa.CheckConstraint("(due_date IS NOT NULL) = (method = 'pay_later')", name="payment_later_has_a_due_date"),
    sa.Index("payment_of_order_is_one", "order_id", unique=True, postgresql_where=sa.text(LIVING)),
)

refund = sa.Table(
    "refund",
    metadata,
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("refund_id", sa.Text, nullable=False),
    sa.Column("charge_id", sa.Text, sa.ForeignKey("payment.charge_id", name="refund_of_a_payment"), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.UniqueConstraint("refund_id", name="refund_id_is_unique"),
    sa.CheckConstraint("amount > 0", name="refund_has_an_amount"),
    sa.CheckConstraint("status IN ('pending', 'approved', 'declined')", name="refund_status_is_known"),
    sa.Index("refund_by_charge", "charge_id"),
)

wallet = sa.Table(
    "wallet",
    metadata,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("balance", sa.BigInteger, nullable=False),
    sa.Column("entries", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("balance >= 0", name="wallet_is_never_overdrawn"),
)

entry = sa.Table(
    "entry",
    metadata,
    sa.Column("entry_id", sa.Uuid, primary_key=True),
    sa.Column("transfer_id", sa.Uuid, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("number", sa.BigInteger),
    sa.Column("balance", sa.BigInteger),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("amount <> 0", name="entry_has_an_amount"),
    sa.CheckConstraint("balance >= 0", name="entry_leaves_no_debt"),
    sa.CheckConstraint(
        "(account LIKE 'wallet:%') = (number IS NOT NULL) AND (number IS NULL) = (balance IS NULL)",
        name="entry_of_a_wallet_is_numbered",
    ),
    sa.Index("entry_in_statement", "account", "number", unique=True, postgresql_where=sa.text("number IS NOT NULL")),
)

charge_by_payment = sa.select(payment.c.payment_id, payment.c.charge_id)
"""Which charge a payment id means; it never changes."""
