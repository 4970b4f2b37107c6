"""The rules of all four domains in one conversation: what order asks is what the others understand."""

from collections.abc import Callable

import pytest

from contracts.inventory import RegisterProduct, ReplenishStock
from contracts.message import Command, Event, Message, domain_of
from contracts.money import Price
from contracts.order import CancelOrder, OrderCancelled, OrderConfirmed, OrderFailed, PlaceOrder
from contracts.payment import DepositMoney
from infra.breaker import Breaker
from infra.group import Group
from infra.spec import Spec
from tests.order.words import CANCEL, CONFIRMED, CUP, ITO, PLACE, TOKYO, YEN_450, A, order, steps
from workers.inventory import group as inventory
from workers.inventory.rules.state import Reservation, Stock
from workers.order import group as orders
from workers.order.rules.degraded import Road
from workers.payment import group as payment
from workers.shipping import group as shipping
from workers.shipping.rules.state import Shipment

GROUPS: dict[str, Group] = {one.name: one for one in (inventory, orders, payment, shipping)}
Wanted = Callable[[Message], bool]


class Town:
    """Messages reach everybody who listens, in order; those to the `away` wait until they are back."""

    def __init__(self, stock: int = 10, money: int = 10_000) -> None:
        self.specs = {name: Spec(group) for name, group in GROUPS.items()}
        self.specs["order"].rows[type(CUP), "CUP"] = CUP
        self.away: dict[str, list[Message]] = {}
        self.told: list[Message] = []
        self.say(
            RegisterProduct(sku="CUP", name="Cup", category="kitchen", unit_price=YEN_450, low_stock_threshold=0),
            ReplenishStock(movement_id="M1", sku="CUP", quantity=stock, reason="receive"),
            DepositMoney(deposit_id="D1", customer_id=ITO, amount=Price(amount=money, currency="JPY")),
        )

    def say(self, *messages: Message) -> None:
        pending = list(messages)
        while pending:
            message = pending.pop(0)
            self.told.append(message)
            for name, group in GROUPS.items():
                heard = type(message) in group.decisions if isinstance(message, Event) else domain_of(message.topic) == name
                if heard and name in self.away:
                    self.away[name].append(message)
                elif heard:
                    sent = self.specs[name].when(message).sent
                    pending += [one for one in sent if isinstance(one, Command | Event)]

    def leaves(self, name: str) -> None:
        self.away[name] = []
        default = {"inventory": Road("inventory", "operator", forced=True)}
        self.specs["order"].rows[Road, name] = default.get(name, Road(name, "automatic", state="open"))

    def comes_back(self, name: str) -> None:
        self.say(*self.away.pop(name))

    @property
    def order(self) -> Spec:
        return self.specs["order"]

    def stock(self) -> tuple[int, int]:
        found = self.specs["inventory"].row(Stock, "CUP")
        assert found is not None
        return found.on_hand, found.reserved

    def shipment(self) -> str:
        found = self.specs["shipping"].row(Shipment, A)
        return found.status if found else ""


@pytest.mark.req("S3-40", "S3-52")
def test_an_order_goes_through_all_four() -> None:
    town = Town()
    town.say(PLACE)
    assert any(isinstance(one, OrderConfirmed) for one in town.told)
    assert set(steps(town.order).values()) == {"done"}
    assert (town.stock(), town.shipment()) == ((8, 0), "arranged")


@pytest.mark.req("S3-53", "S3-54")
def test_what_is_short_fails_the_order_and_leaves_nothing() -> None:
    for town, reason in ((Town(stock=1), "insufficient_stock"), (Town(money=1), "insufficient_funds")):
        town.say(PLACE)
        assert [one.reason for one in town.told if isinstance(one, OrderFailed)] == [reason]
        assert town.stock()[1] == 0 and town.shipment() == ""


@pytest.mark.req("S3-55")
def test_an_address_nobody_serves_gives_money_and_stock_back() -> None:
    town = Town()
    wrong = TOKYO.model_copy(update={"prefecture": "JP-47"})
    town.say(PlaceOrder(**{**dict(PLACE), "destination": wrong}))
    assert [one.reason for one in town.told if isinstance(one, OrderFailed)] == ["invalid_address"]
    assert town.stock() == (10, 0) and steps(town.order)["charge"] == "compensated"


@pytest.mark.req("S3-42")
def test_a_cancelled_order_leaves_everything_as_before() -> None:
    town = Town()
    town.say(PLACE)
    town.say(CANCEL)
    assert any(isinstance(one, OrderCancelled) for one in town.told)
    assert (town.stock(), town.shipment()) == ((10, 0), "cancelled")


@pytest.mark.req("S3-93")
def test_without_payment_the_order_is_owed_when_it_is_back() -> None:
    town = Town()
    town.leaves("payment")
    town.say(PLACE)
    assert order(town.order).modes == ["pay_later"]
    town.comes_back("payment")
    assert order(town.order).payment["status"] == "captured"
    town.say(CancelOrder(order_id=A))
    assert order(town.order).status == "cancelled" and order(town.order).payment["status"] == "refunded"


@pytest.mark.req("S3-94")
def test_without_shipping_the_parcel_is_arranged_by_hand_when_it_is_back() -> None:
    town = Town()
    town.leaves("shipping")
    town.say(PLACE)
    assert order(town.order).status == "confirmed"
    town.comes_back("shipping")
    assert (town.shipment(), order(town.order).shipment["status"]) == ("manual", "manual")


@pytest.mark.req("S3-92")
def test_without_inventory_the_stock_is_taken_when_it_is_back() -> None:
    town = Town()
    town.leaves("inventory")
    town.say(PLACE)
    assert CONFIRMED.model_copy(update={"modes": ("skip_stock_check",)}) in town.told
    town.comes_back("inventory")
    assert town.stock() == (8, 0)
    found = town.specs["inventory"].row(Reservation, A)
    assert found is not None and found.status == "confirmed"
    town.say(CANCEL)
    assert town.stock() == (10, 0)


def test_breakers_are_nobodys_but_orders() -> None:
    assert [name for name, group in GROUPS.items() if group.knows(Breaker)] == ["order"]
