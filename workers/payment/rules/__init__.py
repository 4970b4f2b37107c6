"""What payment decides: deposits, charges, refunds and cancellations. Pure."""

from workers.payment.rules.answers import record_answer, record_event, resolve_payment
from workers.payment.rules.charges import charge_payment, pay_later_instead
from workers.payment.rules.deposits import deposit_money
from workers.payment.rules.refunds import cancel_payment, refund_payment
from workers.payment.rules.rows import Entry, Payment, PaymentNumber, Refund, Wallet

__all__ = [
    "Entry",
    "Payment",
    "PaymentNumber",
    "Refund",
    "Wallet",
    "cancel_payment",
    "charge_payment",
    "deposit_money",
    "pay_later_instead",
    "record_answer",
    "record_event",
    "refund_payment",
    "resolve_payment",
]
