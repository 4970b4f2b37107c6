"""Inventory, payment and shipping in a few lines each: what an order may rely on, and no more.

Each accepts a compensation before its action and then refuses the late action; everything may be asked twice.
"""

from dataclasses import dataclass, field

from contracts.inventory import (
    ConfirmReservation,
    ReleaseReservation,
    ReservationRefused,
    ReserveStock,
    ReturnStock,
)
from contracts.message import Event, Message
from contracts.payment import CancelPayment, ChargePayment
from contracts.shipping import ArrangeShipment, CancelShipment
from tests.order.words import (
    ARRANGED,
    CAPTURED,
    EXPIRED,
    NO_MONEY,
    NO_ROAD,
    NO_STOCK,
    ORDER,
    PAYMENT_CANCELLED,
    PICKED_UP,
    RELEASED,
    RESERVED,
    RETURNED,
    SHIPMENT_CANCELLED,
    SOLD,
)  # fmt: skip


@dataclass
class Participants:
    """`unwilling` names those that say no: reserve, charge, arrange; `expires` and `leaves` happen at a bad moment."""

    unwilling: set[str] = field(default_factory=set)
    expires: bool = False
    leaves: bool = False
    stock: str = ""
    money: str = ""
    parcel: str = ""

    def answer(self, command: Message) -> Event:
        match command:
            case ReserveStock():
                return self._reserve()
            case ReleaseReservation():
                self.stock = self.stock if self.stock in ("sold", "returned") else "released"
                return RELEASED
            case ConfirmReservation():
                return self._confirm()
            case ReturnStock():
                if self.stock not in ("sold", "returned"):
                    return ReservationRefused(**ORDER, reason="invalid_state")
                self.stock = "returned"
                return RETURNED
            case ChargePayment():
                if not self.money:
                    self.money = "declined" if "charge" in self.unwilling else "captured"
                return CAPTURED if self.money == "captured" else NO_MONEY
            case CancelPayment():
                self.money = "cancelled"
                return PAYMENT_CANCELLED
            case ArrangeShipment():
                if not self.parcel:
                    self.parcel = "refused" if "arrange" in self.unwilling else "arranged"
                return ARRANGED if self.parcel == "arranged" else NO_ROAD
            case CancelShipment():
                return self._cancel_shipment()
        raise AssertionError(f"nobody does {command!r}")

    def _reserve(self) -> Event:
        if not self.stock:
            self.stock = "short" if "reserve" in self.unwilling else "held"
        return RESERVED if self.stock == "held" else NO_STOCK

    def _confirm(self) -> Event:
        if self.stock == "held":
            self.stock = "expired" if self.expires else "sold"
        return SOLD if self.stock == "sold" else EXPIRED

    def _cancel_shipment(self) -> Event:
        if self.leaves and self.parcel == "arranged" and self.money == "captured" and self.stock == "sold":
            self.parcel = "left"
        if self.parcel == "left":
            return PICKED_UP
        self.parcel = "cancelled"
        return SHIPMENT_CANCELLED
