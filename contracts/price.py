"""How prices are written: whole numbers with a declared scale, never floats (domains.md B0, B17)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import Field, StringConstraints

SCALE: Literal[6] = 6
"""Digits after the point of every price: 1_342_000_000 is 1342 yen, 127_489_998 is 127.489998 dollars."""

LARGEST_PRICE = 10**15
Price6: TypeAlias = Annotated[int, Field(ge=1, le=LARGEST_PRICE, strict=True, description="in millionths of the currency's unit")]
Symbol: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9.-]{0,15}$")]
Exchange: TypeAlias = Literal["XTKS", "XNYS", "XNAS"]
"""ISO 10383 market identifier codes."""


class Market(NamedTuple):
    """Days are civil dates of the exchange, never moments: a session is named by the date of its own time zone."""

    currency: str
    time_zone: str


MARKETS = MappingProxyType(
    {
        "XTKS": Market("JPY", "Asia/Tokyo"),
        "XNYS": Market("USD", "America/New_York"),
        "XNAS": Market("USD", "America/New_York"),
    }
)
