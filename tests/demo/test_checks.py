"""Every check finds what it is there to find, and nothing when there is nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from infra.demo import checks
from infra.demo.books import Books, Stock
from infra.demo.checks import Evidence
from infra.demo.client import Outcome
from tests.demo.words import small_plan

PLAN = small_plan()
FIRST, SECOND = (replace(order, method="wallet", card_token="") for order in PLAN.orders)
ORDERS = replace(PLAN, orders=(FIRST, SECOND))
COST = {"amount": 10 * 250 + 2 * 995, "currency": "GBP"}
YES = Outcome("op-1", "succeeded", "", {"order_id": "o-1", "total": COST, "modes": []})
NO = Outcome("op-2", "failed", "insufficient_stock", {"order_id": "o-2", "reason": "insufficient_stock"})
LISTED: tuple[dict[str, Any], ...] = (
    {"order_id": "o-1", "status": "confirmed", "reason": "", "total": COST, "payment": {"status": "captured"}},
    {"order_id": "o-2", "status": "failed", "reason": "insufficient_stock", "total": None, "payment": None},
)
BEFORE = Books({"run-11111": Stock(38, 0), "run-22222": Stock(2, 0)}, {"run-77": 5000})
AFTER = Books({"run-11111": Stock(28, 0), "run-22222": Stock(0, 0)}, {"run-77": 510})
GOOD = Evidence(ORDERS, {FIRST.key: (FIRST, YES), SECOND.key: (SECOND, NO)}, LISTED, [(FIRST, YES, YES)], BEFORE, AFTER)


def outcomes(first: Outcome = YES, second: Outcome = NO) -> Evidence:
    return replace(GOOD, outcomes={FIRST.key: (FIRST, first), SECOND.key: (SECOND, second)})


def shelves(**changes: Stock) -> Evidence:
    return replace(GOOD, after=AFTER._replace(stock={**AFTER.stock, **{f"run-{sku[1:]}": one for sku, one in changes.items()}}))


def listed(place: int, **changes: object) -> Evidence:
    return replace(GOOD, listed=[one | changes if n == place else one for n, one in enumerate(LISTED)])


def test_a_shop_that_did_what_it_said_passes_every_check() -> None:
    assert [(one.name, one.faults) for one in checks.all_of(GOOD)] == [
        (name, ()) for name in ("decided", "lost", "doubled", "stock", "totals", "money")
    ]


@pytest.mark.parametrize(
    ("seen", "check", "says"),
    [
        (outcomes(second=NO._replace(status="pending")), checks.decided, "not decided"),
        (outcomes(second=NO._replace(reason="")), checks.decided, "without a reason"),
        (replace(GOOD, outcomes={FIRST.key: (FIRST, YES)}), checks.decided, "never answered"),
        (replace(GOOD, mistakes=["run-1: 422 Invalid request"]), checks.decided, "422"),
        (replace(GOOD, listed=LISTED[1:]), checks.lost, "does not know it"),
        (listed(0, status="needs_attention"), checks.lost, "reads needs_attention"),
        (listed(1, status="confirmed"), checks.lost, "was failed and reads confirmed"),
        (listed(1, reason="card_declined"), checks.lost, "reads card_declined"),
        (replace(GOOD, listed=[*LISTED, LISTED[0]]), checks.doubled, "listed 2 times"),
        (replace(GOOD, listed=[*LISTED, LISTED[0] | {"order_id": "o-3"}]), checks.doubled, "o-3 was never placed"),
        (outcomes(second=NO._replace(data={"order_id": "o-1"})), checks.doubled, "answer to 2 orders"),
        (replace(GOOD, repeated=[(FIRST, YES, YES._replace(operation_id="op-9"))]), checks.doubled, "op-9"),
        (shelves(_11111=Stock(27, 0)), checks.stock, "11 moved, 10 ordered"),
        (shelves(_22222=Stock(0, 2)), checks.stock, "2 still reserved"),
        (outcomes(YES._replace(data={"order_id": "o-1", "total": {"amount": 1, "currency": "GBP"}})), checks.totals, "4490"),
        (listed(0, total={"amount": 4490, "currency": "JPY"}), checks.totals, "JPY"),
        (replace(GOOD, after=AFTER._replace(wallets={"run-77": 509})), checks.money, "£44.91 left the wallet, £44.90 charged"),
    ],
)
def test_what_is_wrong_is_named_by_its_check_and_by_no_other(
    seen: Evidence, check: Callable[[Evidence], checks.Check], says: str
) -> None:
    faults = check(seen).faults
    assert len(faults) == 1
    assert says in faults[0]


def test_a_card_that_was_not_charged_is_found() -> None:
    card = replace(FIRST, method="card", card_token="tok_approve")
    seen = replace(listed(0, payment={"status": "pending"}), after=AFTER._replace(wallets=BEFORE.wallets))
    seen = replace(seen, outcomes={**GOOD.outcomes, FIRST.key: (card, YES)})
    assert checks.money(seen).faults == (f"{card.key}: confirmed, and its payment by card reads pending",)


def test_an_order_that_may_be_paid_later_after_all_costs_the_wallet_nothing() -> None:
    later = YES._replace(data={**YES.data, "modes": ["pay_later"]})
    seen = replace(outcomes(later), after=AFTER._replace(wallets=BEFORE.wallets))
    assert not checks.money(seen).faults
    assert "pay_later £44.90" in checks.money(seen).text


def test_money_is_written_in_pounds() -> None:
    assert [checks.pounds(pence) for pence in (0, 5, 123456, -7)] == ["£0.00", "£0.05", "£1,234.56", "-£0.07"]
