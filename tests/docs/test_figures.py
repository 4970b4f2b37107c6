"""What pages say was measured is what was measured, and levels that count as kept were kept in the recorded run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.documents import ROOT

RUNS = {path.stem: path for path in sorted((ROOT / "docs" / "performance").glob("steady*.jsonl"))}


def run(name: str) -> dict[str, dict[str, Any]]:
    """The figures that `hikyaku bench steady --json` printed then."""
    return {one["name"]: one for one in map(json.loads, RUNS[name].read_text().splitlines())}


def table(page: str) -> list[list[str]]:
    """Cells of every row of every table, without stars."""
    lines = (ROOT / "docs" / page).read_text().splitlines()
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]


def written(one: dict[str, Any]) -> str:
    value = f"{one['value']:,.3g}" if one["value"] < 100 else f"{one['value']:,.0f}"
    return f"{value} {one['unit']}" + (", missed" if one["met"] is False else "")


@pytest.mark.parametrize("name", RUNS)
def test_the_page_has_every_figure_of_a_run_as_it_was_printed(name: str) -> None:
    rows = table("service-levels.md")
    column = next(n for cells in rows for n, cell in enumerate(cells) if f"performance/{name}.jsonl" in cell)
    shown = {cells[0]: cells[column] for cells in rows if len(cells) > column}
    assert {figure: shown[figure] for figure in run(name)} == {figure: written(one) for figure, one in run(name).items()}


@pytest.mark.req("S3-81", "S3-82", "S3-84")
def test_latency_errors_and_availability_were_as_promised_in_the_recorded_run() -> None:
    found = run("steady")
    demanded = {one["name"]: one["must"] for one in found.values() if one["must"]}
    assert demanded == {
        "steady p95": "500", "steady p99": "1,000", "steady order p95": "500", "steady order p99": "1,000",
        "steady errors": "1", "steady unavailable, of requests": "0.1", "steady unavailable, of seconds": "0.1",
        "steady payment errors": "0.1", "steady payment unavailable, of requests": "0.01",
        "steady payment unavailable, of seconds": "0.01", "steady, undecided afterwards": "0",
    }  # fmt: skip
    assert [name for name in demanded if not found[name]["met"]] == []
    assert all(one["settings"] == {} for one in found.values())


@pytest.mark.req("S3-83")
def test_a_thousand_requests_a_second_and_a_hundred_of_payment_were_measured() -> None:
    rows = {
        cells[0]: float(cells[1].split("**")[0].replace(",", ""))
        for cells in table("figures.md")
        if cells[0].startswith("accept")
    }
    assert rows["accept"] > 1_000 and rows["accept, decided"] > 100
