"""Prices of instruments (S4-11): files of them come in, pages of them go out."""

from __future__ import annotations

import base64
import re
from datetime import date
from typing import Annotated

from pydantic import Field

from contracts.market import MOST_PARTS, PART, CorrectionPage, GetPrices, ImportPrices, ListCorrections, PricePage
from contracts.price import Exchange, Symbol
from edge.calls import Call, Empty, Intent
from edge.endpoints import CSV, Guard, Routes
from edge.fields import Label
from edge.paging import Page
from edge.problems import Problem
from infra import ids

routes = Routes("market")

SYMBOL = re.compile(r"^[A-Z0-9][A-Z0-9.-]{0,15}$")


class Wish(Empty):
    """Whose prices the file has. A symbol or a name that is not stated is taken from the file, where it has them."""

    exchange: Exchange
    symbol: Symbol | None = None
    name: Label | None = None


class Range(Page):
    """Both days belong to it."""

    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 50


@routes.post("/v1/price-imports", guard=Guard.ADMIN, query=Wish, consumes=CSV, as_sent=True, ids=("import_id",))
async def import_prices(call: Call[bytes]) -> Intent:
    """Import the daily prices of one symbol from a CSV file, as it is; its operation shows how far it is."""
    wish = call.query or Wish.model_validate({})
    content, import_id = call.body, str(ids.root())
    cuts = [content[n : n + PART] for n in range(0, len(content), PART)] or [b""]
    if len(cuts) > MOST_PARTS:
        raise Problem("content-too-large", f"At most {MOST_PARTS * PART} bytes.")
    first, *more = (
        ImportPrices(
            import_id=import_id, exchange=wish.exchange, symbol=wish.symbol or "", name=wish.name or "",
            part=n, parts=len(cuts), content=base64.b64encode(cut).decode(),
        )
        for n, cut in enumerate(cuts)
    )  # fmt: skip
    return Intent(first, {"import_id": import_id}, more=more)


@routes.get("/v1/prices/{symbol}", PricePage, query=Range)
async def prices(call: Call[None]) -> bytes:
    """The daily prices of a symbol, by day."""
    wish = call.query or Range()
    cursor = _day(wish.cursor)
    return await call.ask(
        GetPrices(symbol=symbol_of(call), first=wish.first, last=wish.last, cursor=cursor, limit=wish.limit)
    )  # fmt: skip


@routes.get("/v1/prices/{symbol}/corrections", CorrectionPage, query=Page)
async def corrections(call: Call[None]) -> bytes:
    """What days of a symbol said before they were corrected."""
    wish = call.query or Page()
    return await call.ask(ListCorrections(symbol=symbol_of(call), cursor=wish.cursor, limit=wish.limit))


def symbol_of(call: Call[None]) -> str:
    """What can't be a symbol names nothing: Problem 404."""
    symbol = call.path["symbol"]
    if not SYMBOL.match(symbol):
        raise Problem("not-found")
    return symbol


def _day(cursor: str) -> date | None:
    try:
        return date.fromisoformat(cursor) if cursor else None
    except ValueError:
        raise Problem("invalid-request", errors=[("cursor", "not a cursor of this list")]) from None
