"""Reading imported files, outside the lanes. Stores nothing: a job says what it has read, and the rules take it up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from contracts.inventory import ImportFault, NewProduct, RegisterImported, RunImport
from contracts.message import Message

COLUMNS = ["sku", "name", "category", "unit_price", "currency", "low_stock_threshold"]
AT_ONCE = 50
"""Records per run: the longest ones still make a message below 64 KiB."""


class Characters:
    """Hands lines to the CSV reader and counts what it took, since a quoted field may go over several lines."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.taken = self.lines = 0
        self.complete = True

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.taken += len(line)
            self.lines += 1
            self.complete = line.endswith(("\n", "\r"))
            yield line


async def run_import(job: RunImport, _progress: object = None) -> Sequence[Message]:
    """Some more lines of the file; its progress is told by what the rules make of them."""
    return [read(job)]


def read(job: RunImport) -> RegisterImported:
    """At most 50 records. A record that the text cuts off is left to the next run, which begins with it."""
    text = Characters(job.text)
    records = csv.reader(text, strict=True)
    products: list[NewProduct] = []
    faults: list[ImportFault] = []
    taken = lines = 0
    refused: ImportFault | None = None
    while len(products) + len(faults) < AT_ONCE and refused is None:
        line = job.line + lines
        try:
            record = next(records)
        except StopIteration:
            break
        except csv.Error as error:
            # An open quote is no fault while the text goes on: the rest of the record comes with the next run.
            if job.final or (text.complete and "unexpected end" not in str(error)):
                refused = ImportFault(line=line, error=str(error))
            break
        if not (job.final or text.complete):
            break
        taken, lines = text.taken, text.lines
        if line == 1:
            refused = _wrong_header(record)
        elif record:
            _sort_in(record, line, products, faults)
    if not (taken or refused) and (job.line == 1 or not job.final):
        refused = ImportFault(line=job.line, error="the file is empty" if job.final else "the line is too long")
    return RegisterImported(
        import_id=job.import_id,
        line=job.line,
        lines=lines,
        taken=taken,
        products=tuple(products),
        faults=tuple(faults),
        refused=refused,
    )


def _wrong_header(record: list[str]) -> ImportFault | None:
    # Spreadsheets put a byte order mark in front.
    if [name.strip("\ufeff ").lower() for name in record] == COLUMNS:
        return None
    return ImportFault(line=1, error=f"the first line must be {','.join(COLUMNS)}")


def _sort_in(record: list[str], line: int, products: list[NewProduct], faults: list[ImportFault]) -> None:
    try:
        products.append(_product(record))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        faults.append(ImportFault(line=line, error=f"{'.'.join(map(str, first['loc']))}: {first['msg']}"))
    except ValueError as error:
        faults.append(ImportFault(line=line, error=str(error)))


def _product(record: list[str]) -> NewProduct:
    if len(record) != len(COLUMNS):
        raise ValueError(f"{len(record)} columns instead of {len(COLUMNS)}")
    sku, name, category, price, currency, threshold = (value.strip() for value in record)
    return NewProduct.model_validate(
        {
            "sku": sku,
            "name": name,
            "category": category,
            "unit_price": {"amount": _whole(price, "unit_price"), "currency": currency},
            "low_stock_threshold": _whole(threshold, "low_stock_threshold"),
        }
    )


def _whole(written: str, column: str) -> int:
    """Minor units are written in ASCII digits; `int` alone would also read 1_000 and full-width digits."""
    if not (written.isascii() and written.isdigit() and len(written) <= 15):
        raise ValueError(f"{column}: not a whole number")
    return int(written)
