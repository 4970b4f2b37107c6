"""A file of products, read by a job while its operation shows how far it is."""

from __future__ import annotations

import pytest

from tests.journeys.client import Client, fresh
from tests.journeys.shop import ONE

pytestmark = pytest.mark.parametrize("shop", [ONE], indirect=True)

HEADER = "sku,name,category,unit_price,currency,low_stock_threshold\n"


@pytest.mark.req("S3-10", "S0-85")
async def test_five_hundred_products_come_in_parts_and_bad_lines_are_named(admin: Client) -> None:
    prefix, category = fresh("csv"), fresh("cat")
    lines = [f'{prefix}-{n},"商品 {n}, 大",{category},{100 + n},JPY,3' for n in range(500)]
    lines[100], lines[200] = f"{prefix}-100,dear,{category},12.50,JPY,3", f"{prefix}-200,only three"
    text = HEADER + "\n".join(lines)

    accepted = await admin.http.post("/v1/product-imports", content=text.encode(), headers={"Content-Type": "text/csv"})
    assert accepted.status_code == 202, accepted.text
    operation = await admin.settled(accepted.headers["Location"])

    assert operation["status"] == "succeeded", operation
    result = operation["result"]
    assert (result["rows"], result["registered"], result["failed"]) == (500, 498, 2)
    assert [fault["line"] for fault in result["faults"]] == [102, 202]
    assert any(step["name"] == "inventory.import-progressed.v1" for step in operation["steps"])
    found = await admin.read(f"/v1/products/{prefix}-499")
    assert (found["name"], found["unit_price"]["amount"]) == ("商品 499, 大", 599)


@pytest.mark.req("S3-13")
async def test_products_are_listed_page_by_page(admin: Client) -> None:
    category = fresh("cat")
    skus = sorted([await admin.product(category=category) for _ in range(5)])

    seen: list[str] = []
    cursor = ""
    while True:
        page = await admin.read("/v1/products", params={"category": category, "limit": 2, "cursor": cursor})
        seen += [one["sku"] for one in page["items"]]
        if not (cursor := page["next_cursor"] or ""):
            break

    assert seen == skus


@pytest.mark.req("S3-73")
@pytest.mark.parametrize("text", ["", "name,sku\na,b\n", HEADER + '"never closed\n'])
async def test_what_is_no_such_file_is_refused_with_its_line(admin: Client, text: str) -> None:
    accepted = await admin.http.post("/v1/product-imports", content=text.encode(), headers={"Content-Type": "text/csv"})
    if accepted.status_code == 202:
        operation = await admin.settled(accepted.headers["Location"])
        assert operation["status"] == "failed" and operation["problem"]["reason"] == "invalid_csv"
        assert operation["problem"]["line"] >= 1
    else:
        assert accepted.status_code in (400, 422)
