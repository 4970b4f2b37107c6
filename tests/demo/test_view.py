"""What is shown while it runs."""

import io

from rich.console import Console

from infra.demo import view
from infra.demo.client import Outcome
from infra.demo.tally import Tally, percentile
from tests.demo.words import small_plan

YES = Outcome("op", "succeeded", "", {})
NO = Outcome("op", "failed", "insufficient_stock", {})
WAITING = Outcome("op", "pending", "", {})


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def tally_of(*outcomes: Outcome, every: float = 0.5) -> Tally:
    """One order after the other, each decided after so many seconds."""
    clock = Clock()
    tally = Tally(len(outcomes), clock)
    (order, *_) = small_plan().orders
    for outcome in outcomes:
        since = tally.place()
        clock.now += every
        tally.tell(order, outcome, since)
    return tally


def test_orders_are_counted_by_what_became_of_them() -> None:
    tally = tally_of(YES, YES, NO, WAITING)
    assert (tally.placed, tally.confirmed, tally.refused, tally.decided) == (4, 2, {"insufficient_stock": 1}, 3)


def test_the_rate_counts_from_the_first_order_to_the_last_decision() -> None:
    assert tally_of(YES, YES, NO, YES).rate == 2.0
    assert tally_of().rate == 0.0


def test_the_present_rate_forgets_what_is_long_ago() -> None:
    assert tally_of(*[YES] * 100).rate_now == 2.2
    assert tally_of(YES, every=60.0).rate_now == 0.2


def test_a_percentile_is_a_value_that_occurred() -> None:
    assert [percentile([0.4, 0.1, 0.3, 0.2], percent) for percent in (50, 95, 100)] == [0.2, 0.4, 0.4]
    assert percentile([], 50) == 0


def test_without_a_terminal_everything_stands_in_one_line() -> None:
    line = view.line(tally_of(YES, NO))
    assert line.startswith("placed 2 of 2  confirmed 1  refused 1 (insufficient_stock 1)")
    assert "p50 500 ms  p95 500 ms" in line


def test_on_a_terminal_the_queues_are_named() -> None:
    tally, said = tally_of(YES), io.StringIO()
    tally.queues = {"order.0": 12, "payment.0": 0}
    Console(file=said, width=100).print(view.picture(tally))
    assert "order.0 12" in said.getvalue()
