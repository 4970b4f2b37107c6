"""A whole shop at work keeps to its budget of database connections, in one process and in many."""

from __future__ import annotations

import asyncio
from collections import Counter

import asyncpg
import pytest

from infra import connections, domains
from infra.accounts_database import role_of
from tests.journeys.client import Client
from tests.journeys.shop import MANY, Shop

OPEN = "SELECT datname, application_name FROM pg_stat_activity WHERE datname LIKE $1 AND usename NOT LIKE '%owner'"
TWO_LANES = frozenset({"inventory", "order", "payment", "shipping"})
GROUPS = {group.name: group for group in domains.load_all()}


def allowed(shop: Shop, domain: str, *, jobs: bool) -> int:
    """In one process. A shop of many processes has two lanes for some of its domains."""
    if domain == "edge":
        return connections.EDGE
    if jobs:
        return connections.of_jobs(GROUPS[domain])
    return connections.of_worker(GROUPS[domain]) + (shop.mode == MANY and domain in TWO_LANES)


async def opened(shop: Shop) -> Counter[tuple[str, bool]]:
    """How many each domain has open, for its jobs or for all else."""
    database = await asyncpg.connect(shop.settings.database_url)
    try:
        found = await database.fetch(OPEN, f"{shop.settings.namespace}_%")
    finally:
        await database.close()
    names = {role_of(shop.settings, domain): domain for domain in GROUPS}
    return Counter((names[datname], name.endswith((" jobs", " studies"))) for datname, name in found)


async def work(admin: Client, customer: Client) -> None:
    """Commands, jobs, quick questions and slow ones, side by side."""
    sku = await admin.product(quantity=20)
    await customer.deposit(20_000)
    for page in (await admin.get(f"/v1/products/{sku}/stock"), await customer.get("/v1/orders")):
        assert page.status_code == 200, "reading connections open with the first question"
    wallet = [customer.order({sku: 1}) for _ in range(8)]
    cards = [customer.order({sku: 1}, payment_method="card", card_token="tok_approve") for _ in range(2)]
    quick = [admin.get(f"/v1/products/{sku}/stock") for _ in range(20)] + [customer.get("/v1/orders") for _ in range(20)]
    slow = asyncio.create_task(asyncio.to_thread(admin.shop.hikyaku, "sagas", "list"))
    answers = await asyncio.gather(*wallet, *cards, *quick)
    assert [one.status_code for one in answers] == [200] * len(answers)
    assert (await slow).returncode == 0


@pytest.mark.req("S0-82")
async def test_no_process_opens_more_connections_than_its_budget(shop: Shop, admin: Client, customer: Client) -> None:
    most: Counter[tuple[str, bool]] = Counter()
    working = asyncio.create_task(work(admin, customer))
    while not working.done():
        most |= await opened(shop)
        await asyncio.sleep(0.05)
    await working

    assert {domain for domain, _ in most} == set(GROUPS)
    assert not {it: count for it, count in most.items() if count > allowed(shop, it[0], jobs=it[1])}, most
    assert most["order", False] >= 2 and most["edge", False] == 2
