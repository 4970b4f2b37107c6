"""The words in which the tests of market speak."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from pathlib import Path

from contracts.market import PART, Close, ImportPrices, ReadPrices, ReportPrices
from contracts.message import Message
from contracts.price import Exchange
from infra.decision import Row
from infra.spec import Spec
from workers.market import group
from workers.market.jobs import examine
from workers.market.rules.state import ImportPart

DATA = Path(__file__).parents[2] / "edge" / "pages" / "static" / "prices"
TOKYO, APPLE = DATA / "prices_4902_2005.csv", DATA / "prices_aapl_2015_2017.csv"
TODAY = date(2026, 11, 21)
HEAD = "Date,Open,High,Low,Close,Volume,Adjusted\n"
MONDAY = date(2024, 6, 3)


def given(*rows: Row) -> Spec:
    return Spec(group, *rows)


def line(day: date | str, close: int | str = 100, **more: str) -> str:
    """One plausible day around its close."""
    values = {"open": str(close), "high": str(close), "low": str(close), "volume": "10", "adjusted": str(close)} | more
    return f"{day},{values['open']},{values['high']},{values['low']},{close},{values['volume']},{values['adjusted']}\n"


def week(*closes: int) -> str:
    """A file with a day for each close, from a Monday on."""
    return HEAD + "".join(line(MONDAY + timedelta(days=n), close) for n, close in enumerate(closes))


def examined(text: str | bytes, *, exchange: Exchange = "XTKS", symbol: str = "7203") -> tuple[ReportPrices, list[Message]]:
    content = text.encode() if isinstance(text, str) else text
    report, *bundles = examine("I", content, exchange, symbol, "", TODAY)
    assert isinstance(report, ReportPrices)
    return report, bundles


def parts(content: bytes, import_id: str = "I", exchange: Exchange = "XTKS", symbol: str = "", size: int = PART) -> list[Message]:
    cuts = [content[n : n + size] for n in range(0, len(content), size)] or [b""]
    return [
        ImportPrices(
            import_id=import_id, exchange=exchange, symbol=symbol, part=n, parts=len(cuts),
            content=base64.b64encode(cut).decode(),
        )
        for n, cut in enumerate(cuts)
    ]  # fmt: skip


def imported(
    content: bytes | str, spec: Spec | None = None, import_id: str = "I", *, exchange: Exchange = "XTKS", symbol: str = ""
) -> tuple[Spec, list[Message]]:
    """The whole way, the job included; and everything that was told on it."""
    spec = spec or given()
    told: list[Message] = []
    for message in parts(content.encode() if isinstance(content, str) else content, import_id, exchange, symbol):
        spec.when(message)
    assert [type(one) for one in spec.sent] == [ReadPrices]
    kept = sorted((row for row in spec.rows.values() if isinstance(row, ImportPart)), key=lambda row: row.part)
    whole = b"".join(base64.b64decode(row.content) for row in kept)
    for message in examine(import_id, whole, exchange, symbol, "", TODAY, lambda *_: None):
        spec.when(message)
        told += [one for one in spec.sent if isinstance(one, Message)]
    return spec, told


def close(day: date, value: int) -> Close:
    return Close(day=day, close=value * 10**6, adjusted_close=value * 10**6)
