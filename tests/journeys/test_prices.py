"""Real daily prices, imported as they were published."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.journeys.client import WAIT, Client, eventually
from tests.journeys.shop import ONE, Shop

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
@pytest.mark.parametrize("shop", [ONE], indirect=True)
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
@pytest.mark.parametrize("shop", [ONE], indirect=True)
async def test_a_wish_that_cannot_be_is_refused_with_its_field(admin: Client, query: dict[str, str], status: int) -> None:
    answer = await send(admin, HEAD.encode(), **query)
    assert answer.status_code == status and answer.json()["errors"]


@pytest.mark.req("S3-73")
@pytest.mark.parametrize("shop", [ONE], indirect=True)
async def test_a_file_that_is_too_large_or_of_another_kind_is_refused_at_once(admin: Client) -> None:
    assert (await send(admin, b"x" * 1_200_000, exchange="XTKS")).status_code == 413
    answer = await admin.post("/v1/price-imports?exchange=XTKS", {"a": 1})
    assert answer.status_code == 415


@pytest.mark.parametrize("shop", [ONE], indirect=True)
async def test_only_an_admin_imports_and_an_odd_symbol_names_nothing(customer: Client) -> None:
    assert (await send(customer, HEAD.encode(), exchange="XTKS")).status_code == 403
    assert (await customer.get("/v1/prices/nothing-such")).status_code == 404
    assert (await customer.get("/v1/prices/7203", params={"from": "yesterday"})).status_code == 422


async def told_of(customer: Client, kind: str) -> list[Any]:
    page = await customer.read(f"/v1/users/{customer.subject}/notifications")
    return [one for one in page["items"] if one["kind"] == kind]


async def forecast_as_of(reader: Client, name: str, day: str) -> Any:
    async def there() -> Any:
        answer = await reader.get(f"/v1/predictions/{name}")
        return answer.json() if answer.status_code == 200 and answer.json()["as_of"] == day else None

    return await eventually(there, 20, f"{name} has a forecast as of {day}")


@pytest.mark.req("S4-11", "S4-12", "S4-13", "S4-14", "S4-22", "S4-24", "X-1")
async def test_a_price_becomes_a_forecast_a_trend_and_one_notice(shop: Shop, admin: Client, customer: Client) -> None:
    """And each hop of it bears the correlation id of the import, also what the jobs said."""
    name = symbol()
    lines = TOKYO.read_bytes().splitlines(keepends=True)[1:]
    await taken(admin, b"".join(lines[:-1]), exchange="XTKS", symbol=name)
    first = await forecast_as_of(admin, name, "2005-12-29")
    for watch in ("close", "forecast"):
        wish = {"symbol": name, "watch": watch, "direction": "below", "threshold": 1210 * 10**6}
        await customer.done("/v1/price-alerts", wish)
    accepted = await send(admin, b"".join(lines), exchange="XTKS", symbol=name)
    assert accepted.json()["result"]["added"] == 1, accepted.text

    forecast = await forecast_as_of(admin, name, "2005-12-30")
    assert forecast["version"] > first["version"] and forecast["close"] == 1201 * 10**6
    assert [one["day"] for one in forecast["steps"]] == ["2006-01-04", "2006-01-05", "2006-01-06", "2006-01-10", "2006-01-11"]
    assert all(one["low95"] < one["low80"] < one["value"] < one["high80"] < one["high95"] for one in forecast["steps"])
    models = (await admin.read(f"/v1/predictions/{name}/models"))["items"]
    assert {(one["model"], one["version"]) for one in models} >= {("naive", forecast["version"])}
    assert len(models) == 4 and all(one["metrics"]["mae"] > 0 for one in models)

    async def both() -> bool:
        return bool(await told_of(customer, "price_close_below")) and bool(await told_of(customer, "price_forecast_below"))

    await eventually(both, 20, "the customer is told of the price and of its forecast")
    trend = await admin.read(f"/v1/trends/{name}")
    assert (trend["as_of"], trend["close"], trend["months"][-1]["days"]) == ("2005-12-30", 1201 * 10**6, 21)
    assert trend["direction"] in ("up", "down") and trend["outlook"]["as_of"] == "2005-12-30"

    operation = accepted.json()["operation_id"]
    sent = "SELECT topic FROM outbox WHERE headers->>'correlation' = $1"
    hops: set[str] = set()
    for domain in ("market", "prediction", "notification"):
        connection = await asyncpg.connect(shop.database(domain))
        hops |= {row["topic"] for row in await connection.fetch(sent, operation)}
        await connection.close()
    assert hops >= {
        "market.read-prices.v1", "market.register-prices.v1", "market.prices-recorded.v1", "market.prices-updated.v1",
        "prediction.fit-models.v1", "prediction.record-forecasts.v1", "prediction.generated.v1",
        "notification.price-alert-fired.v1", "notification.send-notification.v1", "notification.notification-sent.v1",
    }  # fmt: skip

    again = await taken(admin, b"".join(lines), exchange="XTKS", symbol=name)
    assert again["unchanged"] == 245
    corrected = b"".join(lines).replace(b'"2005-12-30","1242"', b'"2005-12-30","1241"')
    assert (await taken(admin, corrected, exchange="XTKS", symbol=name))["corrected"] == 1
    third = await forecast_until(admin, name, forecast["version"] + 1)
    assert third["as_of"] == "2005-12-30"
    alerts = (await customer.read("/v1/price-alerts"))["items"]
    assert sorted((one["watch"], one["fired"], one["armed"]) for one in alerts) == [("close", 1, False), ("forecast", 1, False)]
    assert len(await told_of(customer, "price_close_below")) == len(await told_of(customer, "price_forecast_below")) == 1


async def forecast_until(reader: Client, name: str, version: int) -> Any:
    async def there() -> Any:
        found = await reader.read(f"/v1/predictions/{name}")
        return found if found["version"] >= version else None

    return await eventually(there, 20, f"{name} has a forecast of version {version}")


@pytest.mark.req("S4-14")
async def test_everybody_has_his_own_alerts(admin: Client, customer: Client) -> None:
    body = {"symbol": symbol(), "direction": "above", "threshold": 10**9}
    created = await customer.done("/v1/price-alerts", body)
    path = f"/v1/price-alerts/{created['alert_id']}/cancellations"
    refused = await admin.post(path)
    assert (refused.status_code, refused.json()["reason"]) == (422, "unknown_alert")
    assert created["alert_id"] not in [one["alert_id"] for one in (await admin.read("/v1/price-alerts"))["items"]]
    await customer.done(path)
    assert (await customer.read("/v1/price-alerts"))["items"] == []
    for wrong in ({"direction": "sideways"}, {"threshold": 0}, {"threshold": 1.5}, {"symbol": "a b"}, {"watch": "moon"}):
        answer = await customer.post("/v1/price-alerts", body | wrong)
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == next(iter(wrong))
