"""Reading imported files, outside the lanes. Stores nothing: a job says what it has read, and the rules take it up."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contracts.market import AT_ONCE, Bar, Fault, ReadPrices, RegisterPrices, ReportPrices
from contracts.message import Message
from contracts.price import MARKETS, Exchange
from infra.clock import utcnow
from infra.jobs import Progressing, Reading
from storage import market as tables
from workers.market.checks import Sessions, check
from workers.market.findings import Report, Unreadable
from workers.market.headings import Sheet
from workers.market.reading import read

_WISH = sa.select(tables.price_import).where(tables.price_import.c.import_id == sa.bindparam("import_id"))
_PARTS = (
    sa.select(tables.import_part.c.content)
    .where(tables.import_part.c.import_id == sa.bindparam("import_id"))
    .order_by(tables.import_part.c.part)
)


async def read_prices(job: ReadPrices, _progress: Progressing, reading: Reading) -> Sequence[Message]:
    """The whole file, read and checked. A file that is gone was read by a run before this one."""
    names = {"import_id": job.import_id}
    wishes, parts = await reading(_WISH, names), await reading(_PARTS, names)
    if not wishes or not parts:
        return []
    content = b"".join(base64.b64decode(part.content) for part in parts)
    wish = wishes[0]
    exchange = cast(Exchange, wish.exchange)
    today = utcnow().astimezone(ZoneInfo(MARKETS[exchange].time_zone)).date()
    return await asyncio.to_thread(examine, job.import_id, content, exchange, wish.symbol, wish.name, today)


def examine(
    import_id: str, content: bytes, exchange: Exchange, symbol: str, name: str, today: date, sessions: Sessions | None = None
) -> list[Message]:
    """What the rules should hear of this file: its report, then its days unless it is refused."""
    report = Report()
    try:
        sheet = read(content, symbol, name, report)
    except Unreadable as unreadable:
        fault = _first(report.fault, unreadable.fault)
        return [ReportPrices(import_id=import_id, rows=0, parts=0, findings=report.findings, refused=fault)]
    bars = check(sheet, exchange, sessions or trading_days, today, report)
    return _told(import_id, sheet, [] if report.fault else bars, report)


def trading_days(exchange: Exchange, first: date, last: date) -> Sequence[date] | None:
    """Imported here: the library and pandas cost a process 60 MB, which only the job process spends, and once."""
    from exchange_calendars import get_calendar
    from exchange_calendars.errors import CalendarError

    try:
        calendar = get_calendar(exchange, start=first.isoformat(), end=last.isoformat())
    except (CalendarError, ValueError):
        return None
    return [session.date() for session in calendar.sessions]


def _told(import_id: str, sheet: Sheet, bars: Sequence[Bar], report: Report) -> list[Message]:
    bundles = [tuple(bars[n : n + AT_ONCE]) for n in range(0, len(bars), AT_ONCE)]
    head = ReportPrices(
        import_id=import_id, symbol=sheet.symbol, name=sheet.name or sheet.symbol, encoding=sheet.encoding, rows=len(bars),
        parts=len(bundles), findings=report.findings, refused=report.fault,
    )  # fmt: skip
    return [head, *(RegisterPrices(import_id=import_id, part=n, bars=bundle) for n, bundle in enumerate(bundles))]


def _first(one: Fault | None, other: Fault) -> Fault:
    return one if one and one.line < other.line else other
