"""A file of prices arrives in parts, a job reads and checks the whole of it, and what is fit is registered here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from contracts.market import (
    Bar,
    Close,
    Fault,
    Finding,
    ImportPrices,
    PriceImportProgressed,
    PriceImportRefused,
    PricesImported,
    PricesRecorded,
    PricesUpdated,
    ReadPrices,
    RegisterPrices,
    ReportPrices,
)
from contracts.price import MARKETS
from infra.decision import Gone, Outcomes, Rows
from workers.market.rules.state import Correction, DailyPrice, ImportPart, Instrument, PriceImport, part_key, price_key


def import_prices(command: ImportPrices, rows: Rows, now: datetime) -> Outcomes:
    """Keep the part; the last one to come starts the reading."""
    known = rows.get(PriceImport, command.import_id)
    part = ImportPart(part_key(command.import_id, command.part), command.import_id, command.part, command.content)
    if (known and known.status != "arriving") or rows.get(ImportPart, part.key):
        return
    before = known or PriceImport(
        command.import_id, command.exchange, command.symbol, command.name, "", "arriving", command.parts, 0, 0, [],
        0, 0, 0, None, None, None, None, created_at=now,
    )  # fmt: skip
    complete = before.arrived + 1 == before.parts
    yield part
    yield replace(before, arrived=before.arrived + 1, status="reading" if complete else "arriving")
    if complete:
        yield ReadPrices(import_id=command.import_id)


def report_prices(command: ReportPrices, rows: Rows, now: datetime) -> Outcomes:
    """The file is read: it is refused as a whole, or its days may come."""
    before = rows.get(PriceImport, command.import_id)
    if before is None or before.status != "reading":
        return
    state = replace(
        before,
        symbol=command.symbol,
        name=command.name,
        encoding=command.encoding,
        rows=command.rows,
        awaited=list(range(command.parts)),
        findings=[finding.model_dump() for finding in command.findings],
    )
    keys = [part_key(state.import_id, part) for part in range(state.parts)]
    yield from (Gone(ImportPart, key) for key in rows.each(ImportPart, keys))
    known = rows.get(Instrument, command.symbol)
    if command.refused:
        yield from _refuse(state, command.refused)
    elif known and known.exchange != state.exchange:
        yield replace(state, status="refused")
        yield PriceImportRefused(
            import_id=state.import_id, reason="other_exchange", line=0, column="", report=command.findings,
            error=f"{known.symbol} is known on {known.exchange}",
        )  # fmt: skip
    else:
        yield replace(state, status="registering")
        if known is None:
            yield Instrument(command.symbol, command.name, state.exchange, 0, 0, now)
        yield PriceImportProgressed(import_id=state.import_id, rows=state.rows, registered=0)


def register_prices(command: RegisterPrices, rows: Rows, now: datetime) -> Outcomes:
    """Add what is new, correct what differs, leave what stands there already."""
    before = rows.get(PriceImport, command.import_id)
    if before is None or before.status != "registering" or command.part not in before.awaited:
        return
    instrument = rows.get(Instrument, before.symbol)
    assert instrument, "an import that registers has its instrument"
    keys = {price_key(instrument.symbol, bar.day): bar for bar in command.bars}
    known = rows.each(DailyPrice, keys)
    changed = {key: bar for key, bar in keys.items() if key not in known or known[key].bar != bar}
    for key, bar in changed.items():
        if old := known.get(key):
            yield _replaced(old, command.import_id, now)
        yield DailyPrice(
            key, instrument.symbol, bar.day, bar.open, bar.high, bar.low, bar.close, bar.adjusted_close, bar.volume,
            old.revision + 1 if old else 1, command.import_id, now,
        )  # fmt: skip
    corrected = len(changed.keys() & known.keys())
    state = _counted(before, command, list(changed.values()), corrected)
    if changed:
        days = instrument.days + len(changed) - corrected
        instrument = replace(instrument, days=days, version=instrument.version + 1, updated_at=now)
        yield instrument
        closes = tuple(Close(day=bar.day, close=bar.close, adjusted_close=bar.adjusted_close) for bar in changed.values())
        yield PricesRecorded(symbol=instrument.symbol, version=instrument.version, closes=closes)
    if state.awaited:
        yield state
        registered = state.added + state.corrected + state.unchanged
        yield PriceImportProgressed(import_id=state.import_id, rows=state.rows, registered=registered)
    else:
        yield from _finish(replace(state, status="finished"), instrument)


def _finish(state: PriceImport, instrument: Instrument) -> Outcomes:
    assert state.encoding and state.first and state.last, "a finished import had at least one day"
    yield state
    currency, time_zone = MARKETS[state.exchange]
    if state.changed_first and state.changed_last:
        yield PricesUpdated(
            symbol=state.symbol, import_id=state.import_id, exchange=state.exchange, currency=currency,
            first=state.changed_first, last=state.changed_last, added=state.added, corrected=state.corrected,
            days=instrument.days, version=instrument.version,
        )  # fmt: skip
    yield PricesImported(
        import_id=state.import_id, symbol=state.symbol, name=instrument.name, exchange=state.exchange, currency=currency,
        time_zone=time_zone, encoding=state.encoding, first=state.first, last=state.last, rows=state.rows,
        added=state.added, corrected=state.corrected, unchanged=state.unchanged,
        report=tuple(Finding(**one) for one in state.findings),
    )  # fmt: skip


def _counted(state: PriceImport, command: RegisterPrices, changed: Sequence[Bar], corrected: int) -> PriceImport:
    days, moved = [bar.day for bar in command.bars], [bar.day for bar in changed]
    first, last = _widened(state.first, state.last, days)
    changed_first, changed_last = _widened(state.changed_first, state.changed_last, moved)
    return replace(
        state,
        awaited=[part for part in state.awaited if part != command.part],
        added=state.added + len(changed) - corrected,
        corrected=state.corrected + corrected,
        unchanged=state.unchanged + len(command.bars) - len(changed),
        first=first,
        last=last,
        changed_first=changed_first,
        changed_last=changed_last,
    )


def _widened(first: date | None, last: date | None, days: Sequence[date]) -> tuple[date | None, date | None]:
    if not days:
        return first, last
    return min(days) if first is None else min(first, *days), max(days) if last is None else max(last, *days)


def _replaced(old: DailyPrice, import_id: str, now: datetime) -> Correction:
    return Correction(
        f"{old.price_id}:{old.revision:06d}", old.symbol, old.day, old.open, old.high, old.low, old.close, old.adjusted_close,
        old.volume, old.revision, now, import_id,
    )  # fmt: skip


def _refuse(state: PriceImport, fault: Fault) -> Outcomes:
    yield replace(state, status="refused", awaited=[])
    yield PriceImportRefused(
        import_id=state.import_id, reason=fault.reason, line=fault.line, column=fault.column, error=fault.error,
        report=tuple(Finding(**one) for one in state.findings),
    )  # fmt: skip
