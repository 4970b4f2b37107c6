"""The whole shop, as one process and as many, on real servers (S1-84)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conftest import fresh as fresh_settings
from tests.journeys.client import Client, fresh
from tests.journeys.shop import MANY, ONE, Shop, open_shop
from tests.servers import Servers


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys of one shop before those of the next: each shop is opened once."""
    order = {None: 0, ONE: 1, MANY: 2}

    def place(item: pytest.Item) -> int:
        callspec = getattr(item, "callspec", None)
        return order.get(callspec.params.get("shop") if callspec else None, 0)

    items.sort(key=place)


@pytest.fixture(scope="session", params=[ONE, MANY])
def shop(request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Every journey runs in both; a module that needs only one says so with `parametrize(..., indirect=True)`."""
    settings = fresh_settings(servers, tmp_path_factory.mktemp("shop"))
    with open_shop(settings, request.param) as opened:
        yield opened


@pytest.fixture
async def admin(shop: Shop) -> AsyncIterator[Client]:
    client = Client(shop, "ops", "admin")
    async with client.http:
        yield client


@pytest.fixture
async def customer(shop: Shop) -> AsyncIterator[Client]:
    """Nobody knows her yet."""
    client = Client(shop, fresh("cust"), "customer")
    async with client.http:
        yield client
