"""The order lines that the demo replays, as a shop's till wrote them down in December 2010 (data/ATTRIBUTION.md).

Left out, and counted by reason, are lines nobody can order again: those of a cancellation (invoice C…), with a quantity or
a price that is not above zero, and those of something that is no product, as postage, fees and samples are: the code of a
product is five digits, with or without letters behind them.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "data" / "online_retail.csv"
PRODUCT = re.compile(r"^\d{5}[A-Za-z]{0,2}$")
PENNY = Decimal("0.01")


class Line(NamedTuple):
    """`pence` is the price of one piece; `customer` is empty for a guest."""

    invoice: str
    code: str
    name: str
    quantity: int
    at: datetime
    pence: int
    customer: str


def read(path: Path = FILE) -> tuple[list[Line], Counter[str]]:
    """The lines in the order of their time, and how many were left out for which reason."""
    with path.open(encoding="utf-8", newline="") as file:
        return sift(csv.DictReader(file))


def sift(rows: Iterable[Mapping[str, str]]) -> tuple[list[Line], Counter[str]]:
    kept: list[Line] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        line = _line(row)
        if reason := _unfit(line):
            left_out[reason] += 1
        else:
            kept.append(line)
    return sorted(kept, key=lambda line: (line.at, line.invoice)), left_out


def _line(row: Mapping[str, str]) -> Line:
    return Line(
        invoice=row["InvoiceNo"],
        code=row["StockCode"].upper(),
        name=" ".join(row["Description"].split()),
        quantity=int(row["Quantity"]),
        at=datetime.strptime(row["InvoiceDate"], "%m/%d/%Y %H:%M"),
        pence=int(Decimal(row["UnitPrice"]).quantize(PENNY, ROUND_HALF_UP) * 100),
        customer=row["CustomerID"].partition(".")[0],
    )


def _unfit(line: Line) -> str:
    """Why this line is left out; empty when it is not."""
    if line.invoice.startswith("C"):
        return "cancellation"
    if not PRODUCT.match(line.code):
        return "no product"
    if line.quantity <= 0:
        return "no quantity"
    return "" if line.pence > 0 else "no price"
