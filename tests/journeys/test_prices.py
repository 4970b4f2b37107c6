"""Real daily prices, imported as they were published."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.client import WAIT, Client

PRICES = Path(__file__).parents[2] / "edge" / "pages" / "static" / "prices"
TOKYO, APPLE = PRICES / "prices_4902_2005.csv", PRICES / "prices_aapl_2015_2017.csv"
HEAD = "Date,Open,High,Low,Close,Volume\n"


async def send(admin: Client, content: bytes, **query: str) -> httpx.Response:
    headers = {"Content-Type": "text/csv", "Prefer": f"wait={WAIT}"}
    return await admin.http.post("/v1/price-imports", content=content, params=query, headers=headers)


async def taken(admin: Client, content: bytes, **query: str) -> Any:
    answer = await send(admin, content, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def symbol() -> str:
    """A symbol that nobody else has."""
    return f"T{random.randrange(16**10):010X}"


@pytest.mark.req("S4-11", "S4-22")
async def test_a_file_is_imported_as_it_was_published(admin: Client) -> None:
    name = symbol()
    text = TOKYO.read_bytes().split(b"\n", 1)[1]  # without its title, so that each run has a symbol of its own
    result = await taken(admin, text, exchange="XTKS", symbol=name)
    assert (result["encoding"], result["added"], result["currency"], result["time_zone"]) == ("cp932", 245, "JPY", "Asia/Tokyo")
    page = await admin.read(f"/v1/prices/{name}", params={"from": "2005-12-29", "to": "2005-12-31"})
    assert [(one["day"], one["close"]) for one in page["items"]] == [("2005-12-29", 1241 * 10**6), ("2005-12-30", 1201 * 10**6)]
    assert page["scale"] == 6

    again = await taken(admin, text, exchange="XTKS", symbol=name)
    assert (again["added"], again["corrected"], again["unchanged"]) == (0, 0, 245)


@pytest.mark.req("S4-11")
async def test_the_file_names_its_symbol_itself_and_a_correction_keeps_what_was_said(admin: Client) -> None:
    text = APPLE.read_bytes()
    await taken(admin, text, exchange="XNAS")
    name = symbol()
    mine = text.replace(b"AAPL.", b"")
    assert (await taken(admin, mine, exchange="XNAS", symbol=name))["added"] == 506
    corrected = await taken(admin, mine.replace(b",135.350006,", b",135.360000,", 1), exchange="XNAS", symbol=name)
    assert (corrected["corrected"], corrected["unchanged"]) == (1, 505)
    history = await admin.read(f"/v1/prices/{name}/corrections")
    assert [(one["day"], one["close"], one["revision"]) for one in history["items"]] == [("2017-02-16", 135_350_006, 1)]


@pytest.mark.req("S4-11", "S3-73")
async def test_a_file_with_an_impossible_price_is_refused_with_line_and_column(admin: Client) -> None:
    name = symbol()
    text = f"{HEAD}2024-06-03,100,101,99,100,5\n2024-06-04,100,98,99,100,5\n"
    answer = await send(admin, text.encode(), exchange="XTKS", symbol=name)
    problem = answer.json()
    assert (answer.status_code, problem["reason"]) == (422, "impossible_prices"), problem
    assert (problem["line"], problem["column"]) == (3, "High")
    assert (await admin.get(f"/v1/prices/{name}")).status_code == 404


@pytest.mark.req("S3-73")
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"exchange": "XLON"}, 422),
        ({"exchange": "XTKS", "symbol": "a b"}, 422),
        ({"exchange": "XTKS", "other": "1"}, 422),
    ],
)
async def test_a_wish_that_cannot_be_is_refused_with_its_field(admin: Client, query: dict[str, str], status: int) -> None:
    answer = await send(admin, HEAD.encode(), **query)
    assert answer.status_code == status and answer.json()["errors"]


@pytest.mark.req("S3-73")
async def test_a_file_that_is_too_large_or_of_another_kind_is_refused_at_once(admin: Client) -> None:
    assert (await send(admin, b"x" * 1_200_000, exchange="XTKS")).status_code == 413
    answer = await admin.post("/v1/price-imports?exchange=XTKS", {"a": 1})
    assert answer.status_code == 415


async def test_only_an_admin_imports_and_an_odd_symbol_names_nothing(customer: Client) -> None:
    assert (await send(customer, HEAD.encode(), exchange="XTKS")).status_code == 403
    assert (await customer.get("/v1/prices/nothing-such")).status_code == 404
    assert (await customer.get("/v1/prices/7203", params={"from": "yesterday"})).status_code == 422
