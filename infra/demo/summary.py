"""What the demo says before and after: sentences with the numbers that were checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from infra.demo import view
from infra.demo.checks import Check
from infra.demo.lines import Line
from infra.demo.plan import Plan
from infra.demo.tally import Tally, percentile

MOST_FAULTS = 10
"""Named for each check; the others are counted."""


def opening(kept: Sequence[Line], left_out: Counter[str], planned: Plan, url: str) -> Iterator[str]:
    yield f"Hikyaku demo at {url}, live in a browser: {url}/demo"
    why = f"left out: {view.named(left_out)}" if left_out else "none left out"
    yield f"{len(kept):,} real order lines of a UK shop (UCI Online Retail, CC BY 4.0), {why}"
    yield (
        f"run {planned.prefix[:-1]}: {len(planned.orders):,} orders by {len({one.customer_id for one in planned.orders}):,} "
        f"customers for {len(planned.shelf):,} products, stock for 95 % of them"
    )


def closing(tally: Tally, turned_away: int, found: Sequence[Check]) -> Iterator[str]:
    yield ""
    yield (
        f"[b]{tally.decided:,} orders decided in {tally.seconds:.1f} s: {tally.rate:.0f} orders/s[/], "
        f"{view.latency(tally, len(tally.latencies))}  max {percentile(tally.latencies, 100) * 1000:.0f} ms"
    )
    yield f"confirmed {tally.confirmed:,}, refused {tally.refused.total():,}" + (
        f": {view.named(tally.refused)}" if tally.refused else ""
    )
    if turned_away:
        yield f"{turned_away:,} requests were asked again after 429, 503 or a lost connection"
    for check in found:
        yield f"[{'red' if check.faults else 'green'}]{'✗' if check.faults else '✓'}[/] {check.name:<8} {check.text}"
        for fault in check.faults[:MOST_FAULTS]:
            yield f"    {fault}"
        if len(check.faults) > MOST_FAULTS:
            yield f"    … and {len(check.faults) - MOST_FAULTS:,} more"
    wrong = [check.name for check in found if check.faults]
    yield f"[b red]CHECKS FAILED: {', '.join(wrong)}[/]" if wrong else "[b green]Every check holds.[/]"
