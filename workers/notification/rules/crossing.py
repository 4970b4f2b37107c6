"""When a price alert fires: on a crossing, once, and again only after the value has gone back by 1 %."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.price_alert import Direction, Watch
from infra.decision import Row

BACK = 1
"""Per cent of the threshold by which a value must go back, so that one that wavers about it does not fire again and again."""


@dataclass(frozen=True, slots=True)
class PriceAlert(Row):
    """`armed` is None until a first value says on which side things begin: an alert never fires for where it began."""

    alert_id: str
    holder: str
    symbol: str
    watch: Watch
    direction: Direction
    threshold: int
    armed: bool | None
    fired: int
    fired_on: date | None
    created_at: datetime

    def is_past(self, value: int) -> bool:
        """The threshold itself counts as crossed."""
        return value >= self.threshold if self.direction == "above" else value <= self.threshold

    def is_back(self, value: int) -> bool:
        if self.direction == "above":
            return value * 100 <= self.threshold * (100 - BACK)
        return value * 100 >= self.threshold * (100 + BACK)


@dataclass(frozen=True, slots=True)
class Watched(Row):
    """What is known of a symbol, and who wants to hear of it. Nothing up to `day` or `version` is looked at again."""

    symbol: str
    alert_ids: list[str]
    day: date | None = None
    close: int | None = None
    version: int = 0
    forecast: int | None = None


def after(alert: PriceAlert, values: Iterable[tuple[date, int]]) -> tuple[PriceAlert, list[tuple[date, int]]]:
    """The alert when it has seen these values in their order, and those of them that crossed its threshold."""
    crossed: list[tuple[date, int]] = []
    for day, value in values:
        past = alert.is_past(value)
        if alert.armed and past:
            crossed.append((day, value))
            alert = replace(alert, armed=False, fired=alert.fired + 1, fired_on=day)
        elif alert.armed is None:
            alert = replace(alert, armed=not past)
        elif not alert.armed and alert.is_back(value):
            alert = replace(alert, armed=True)
    return alert, crossed
