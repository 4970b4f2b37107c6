"""A trace as a waterfall on the terminal, drawn of the OTLP/JSON that the edge gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

BAR = 44
COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_red")
FAILED = 2
"""OTLP's status code of an error."""


@dataclass(frozen=True, slots=True)
class Row:
    """`start` and `took` in milliseconds, `start` since the trace began; `why` says what failed."""

    depth: int
    service: str
    name: str
    start: float
    took: float
    why: str = ""


def rows(document: Any) -> list[Row]:
    """Each span under the one that led to it, in the order of time. A parent that is not here counts as none."""
    spans: dict[str, tuple[str, Any]] = {}
    for resource in document["resourceSpans"]:
        named = {one["key"]: one["value"].get("stringValue", "") for one in resource["resource"]["attributes"]}
        for scope in resource["scopeSpans"]:
            spans |= {one["spanId"]: (named["service.name"], one) for one in scope["spans"]}
    below: dict[str, list[str]] = defaultdict(list)
    for identity, (_, one) in sorted(spans.items(), key=lambda item: int(item[1][1]["startTimeUnixNano"])):
        parent = one.get("parentSpanId", "")
        below[parent if parent in spans else ""].append(identity)
    began = min((int(one["startTimeUnixNano"]) for _, one in spans.values()), default=0)
    return list(_walk(spans, below, began))


def _walk(spans: dict[str, tuple[str, Any]], below: dict[str, list[str]], began: int) -> Iterator[Row]:
    waiting = [(0, identity) for identity in reversed(below[""])]
    while waiting:
        depth, identity = waiting.pop()
        service, one = spans[identity]
        start, end = int(one["startTimeUnixNano"]), int(one["endTimeUnixNano"])
        status = one.get("status", {})
        why = status.get("message", "failed") if status.get("code") == FAILED else ""
        yield Row(depth, service, one["name"], (start - began) / 1e6, (end - start) / 1e6, why)
        waiting += [(depth + 1, child) for child in reversed(below[identity])]


def draw(document: Any, console: Console) -> None:
    found = rows(document)
    span = max((one.start + one.took for one in found), default=0.0) or 1.0
    services = list(dict.fromkeys(one.service for one in found))
    table = Table("span", "service", "at ms", "took ms", " " * BAR, box=None, pad_edge=False)
    table.columns[2].justify = table.columns[3].justify = "right"
    for one in found:
        colour = COLOURS[services.index(one.service) % len(COLOURS)]
        left = min(BAR - 1, int(one.start / span * BAR))
        wide = max(1, min(BAR - left, round(one.took / span * BAR)))
        name = f"{'  ' * min(one.depth, 12)}{escape(one.name)}" + (f" [red]✗ {escape(one.why)}[/red]" if one.why else "")
        bar = Text(" " * left) + Text("━" * wide, style="red" if one.why else colour)
        table.add_row(name, f"[{colour}]{escape(one.service)}[/]", f"{one.start:,.1f}", f"{one.took:,.1f}", bar)
    console.print(table)
