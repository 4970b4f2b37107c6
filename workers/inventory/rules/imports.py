"""A file of products arrives in parts, a job reads it some lines at a time, and what it has read is registered here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from contracts.inventory import (
    PART,
    ImportFault,
    ImportFinished,
    ImportProducts,
    ImportProgressed,
    ImportRefused,
    RegisterImported,
    RegisterProduct,
    RunImport,
)
from infra.decision import Gone, Outcomes, Rows
from workers.inventory.rules.products import register_product
from workers.inventory.rules.state import ImportPart, ProductImport

FAULTS = 100
"""Named at most; the others are only counted."""


def import_products(command: ImportProducts, rows: Rows, now: datetime) -> Outcomes:
    """Keep the part; the last one to come starts the reading."""
    known = rows.get(ProductImport, command.import_id)
    part = ImportPart(part_key(command.import_id, command.part), command.import_id, command.part, command.text)
    if (known and known.status != "arriving") or rows.get(ImportPart, part.key):
        return
    before = known or ProductImport(command.import_id, command.parts)
    complete = before.arrived + 1 == before.parts
    state = replace(before, arrived=before.arrived + 1, status="running" if complete else "arriving")
    yield part
    yield state
    if complete:
        yield _next_run(state, rows, part)


def register_imported(command: RegisterImported, rows: Rows, now: datetime) -> Outcomes:
    """Register what one run has read and start the next. Of a sku on two lines of one run, the later line counts."""
    before = rows.get(ProductImport, command.import_id)
    if before is None or before.status != "running" or before.line != command.line:
        return
    for product in {product.sku: product for product in command.products}.values():
        yield from register_product(RegisterProduct(**dict(product), replace=True), rows, now)
    state = replace(
        before,
        line=before.line + command.lines,
        skip=before.skip + command.taken,
        rows=before.rows + len(command.products) + len(command.faults),
        failed=before.failed + len(command.faults),
        faults=(before.faults + [fault.model_dump() for fault in command.faults])[:FAULTS],
    )
    if command.refused:
        yield from _refuse(state, command.refused, rows)
    else:
        yield from _go_on(state, rows)


def _go_on(state: ProductImport, rows: Rows) -> Outcomes:
    """The next run, from the place where this one ended; a part that is read is forgotten."""
    while (part := rows.get(ImportPart, part_key(state.import_id, state.part))) and state.skip >= len(part.text):
        yield Gone(ImportPart, part.key)
        state = replace(state, skip=state.skip - len(part.text), part=state.part + 1)
    if state.part < state.parts:
        yield state
        yield ImportProgressed(import_id=state.import_id, rows=state.rows, failed=state.failed)
        yield _next_run(state, rows)
    else:
        yield replace(state, status="finished")
        yield ImportFinished(
            import_id=state.import_id,
            rows=state.rows,
            registered=state.rows - state.failed,
            failed=state.failed,
            faults=tuple(ImportFault(**fault) for fault in state.faults),
        )


def _refuse(state: ProductImport, fault: ImportFault, rows: Rows) -> Outcomes:
    yield replace(state, status="refused")
    yield ImportRefused(import_id=state.import_id, reason="invalid_csv", line=fault.line, error=fault.error)
    unread = [part_key(state.import_id, part) for part in range(state.part, state.parts)]
    yield from (Gone(ImportPart, key) for key in rows.each(ImportPart, unread))


def _next_run(state: ProductImport, rows: Rows, newest: ImportPart | None = None) -> RunImport:
    """As much text as a message takes, from the next line on. The newest part is not among the rows yet."""
    text, number, found = "", state.part, {newest.key: newest} if newest else {}
    while len(text) - state.skip <= PART and number < state.parts:
        key = part_key(state.import_id, number)
        part = found.get(key) or rows.get(ImportPart, key)
        text += part.text if part else ""
        number += 1
    rest = text[state.skip :]
    return RunImport(import_id=state.import_id, line=state.line, text=rest[:PART], final=len(rest) <= PART)


def part_key(import_id: str, part: int) -> str:
    return f"{import_id}/{part}"
