"""How well a crowd was served: latency, errors and availability, of everything and of payment alone (S3-81, S3-82, S3-84)."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

from infra.bench import Figure
from infra.bench.open_model import Hit

LATENCY = ("500", "1,000")
"""Milliseconds at most of 95 and of 99 requests in a hundred."""
BY_PAYMENT = frozenset({"insufficient_funds", "card_declined", "currency_mismatch", "charge_timeout"})
"""Reasons of an order that failed at its payment."""


def percentile(hits: Sequence[Hit], percent: int) -> float:
    """Milliseconds. What was never answered took as long as it was waited for."""
    if len(hits) < 2:
        return hits[0].seconds * 1e3 if hits else 0.0
    return statistics.quantiles([one.seconds for one in hits], n=100, method="inclusive")[percent - 1] * 1e3


def failed(hits: Sequence[Hit]) -> float:
    """Percent of the requests that ended with an error."""
    return sum(one.error for one in hits) / len(hits) * 100 if hits else 0.0


def spoiled(hits: Sequence[Hit], seconds: float) -> float:
    """Percent of the seconds in which at least one request began that ended with an error."""
    return len({int(one.due) for one in hits if one.error}) / max(1, int(seconds)) * 100


def payments(hits: Sequence[Hit]) -> list[Hit]:
    """What payment did: deposits, wallets, and orders that were charged or declined. Other errors of an order are not its."""
    return [one for one in hits if one.kind in ("deposit", "wallet") or _charged(one)]


def _charged(one: Hit) -> bool:
    return one.kind == "order" and (one.reason in BY_PAYMENT if one.reason else one.status == 200)


def figures(hits: Sequence[Hit], seconds: float, conditions: str) -> Iterator[Figure]:
    for name, part in (("", hits), (" order", [one for one in hits if one.kind == "order"])):
        for percent, must in zip((95, 99), LATENCY, strict=True):
            yield Figure(f"steady{name} p{percent}", percentile(part, percent), "ms", must, "", conditions)
    for name, part, most, away in (("", hits, "1", "0.1"), (" payment", payments(hits), "0.1", "0.01")):
        counted = f"{sum(one.error for one in part)} of {len(part):,}; {conditions}"
        yield Figure(f"steady{name} errors", failed(part), "%", most, "", counted)
        yield Figure(f"steady{name} unavailable, of requests", failed(part), "%", away, "", counted)
        yield Figure(f"steady{name} unavailable, of seconds", spoiled(part, seconds), "%", away, "", conditions)


def told(hits: Sequence[Hit]) -> Iterator[str]:
    """A line for each kind."""
    for kind in ["all", *sorted({one.kind for one in hits})]:
        part = [one for one in hits if kind in ("all", one.kind)]
        errors = Counter(one.reason or str(one.status or "no answer") for one in part if one.error)
        refused = Counter(one.reason for one in part if one.reason and not one.error)
        late = sum(one.status == 202 for one in part)
        p50, p95, p99 = (percentile(part, percent) for percent in (50, 95, 99))
        yield (
            f"  {kind:<8} {len(part):>7,} requests  p50 {p50:>6.1f}  p95 {p95:>6.1f}  p99 {p99:>7.1f} ms  "
            f"errors {dict(errors) or 0}  refused {dict(refused) or 0}  decided later {late}"
        )
