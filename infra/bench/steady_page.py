"""Writes the table of docs/service-levels.md from the runs beside it: `python -m infra.bench.steady_page`.

A run is what `hikyaku bench steady --json` printed, kept as docs/performance/steady*.jsonl.
"""

from __future__ import annotations

import json
from typing import Any

from infra.bench.place import ROOT

PAGE = ROOT / "docs" / "service-levels.md"
BEGIN, END = "## Measured\n\n", "Two virtual cores"

Run = dict[str, dict[str, Any]]


def cell(one: dict[str, Any]) -> str:
    value = f"{one['value']:,.3g}" if one["value"] < 100 else f"{one['value']:,.0f}"
    return f"{value} {one['unit']}" + (", missed" if one["met"] is False else "")


def table(runs: dict[str, Run]) -> str:
    """A column for each run, a row for each figure that one of them has."""
    heads = [f"[{next(iter(run.values()))['conditions']}](performance/{name}.jsonl)" for name, run in runs.items()]
    lines = [f"| figure | must | {' | '.join(heads)} |", "| --- " * (2 + len(runs)) + "|"]
    for figure in dict.fromkeys(figure for run in runs.values() for figure in run):
        found = [run.get(figure) for run in runs.values()]
        first = next(one for one in found if one)
        must = f"{first['must']} {first['unit']}" if first["must"] else "–"
        lines.append(f"| {figure} | {must} | {' | '.join(cell(one) if one else '–' for one in found)} |")
    return "\n".join(lines)


def main() -> None:
    paths = sorted((ROOT / "docs" / "performance").glob("steady*.jsonl"))
    runs = {path.stem: {one["name"]: one for one in map(json.loads, path.read_text().splitlines())} for path in paths}
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + table(runs) + "\n\n" + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
