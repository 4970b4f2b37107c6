"""Pieces of products: what reservations and orders speak of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from contracts.message import Id
from contracts.money import Price

MOST = 1_000_000
"""Pieces in one line and in one movement."""


class Line(BaseModel):
    """So many pieces of one product."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Id
    quantity: int = Field(ge=1, le=MOST, strict=True)


class PricedLine(Line):
    """A line with what the master says of it when it was reserved."""

    name: str
    unit_price: Price


def demand(lines: tuple[Line, ...]) -> Mapping[str, int]:
    """The same sku on two lines is one demand with their sum."""
    wanted: Counter[str] = Counter()
    for line in lines:
        wanted[line.sku] += line.quantity
    return dict(wanted)
