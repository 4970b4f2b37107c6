"""RabbitMQ takes the exported definitions, and afterwards nothing is missing and nothing differs."""

from __future__ import annotations

import json

import httpx
import pytest
from yarl import URL

from infra import broker_admin, domains
from infra.definitions import definitions
from infra.guard import look
from infra.topology import declare
from tests.conftest import fresh
from tests.servers import Servers


@pytest.mark.req("X-10")
async def test_a_broker_made_from_the_definitions_is_the_one_that_we_declare(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    vhost, url = fresh(servers, tmp_path_factory.mktemp("home")).namespace, URL(servers.management_url)
    topology = declare(domains.load_all())
    login = httpx.BasicAuth(url.user or "", url.password or "")
    async with httpx.AsyncClient(base_url=str(url.with_user(None)), auth=login, trust_env=False, timeout=60) as api:
        try:
            (await api.put(f"/api/vhosts/{vhost}")).raise_for_status()
            everything = {"configure": ".*", "write": ".*", "read": ".*"}
            (await api.put(f"/api/permissions/{vhost}/{url.user}", json=everything)).raise_for_status()
            text = json.dumps(definitions(topology, vhost))
            taken = await api.post("/api/definitions", content=text, headers={"Content-Type": "application/json"})
            assert taken.status_code in (200, 201, 204), taken.text
            there = str(URL(servers.amqp_url).with_path(f"/{vhost}"))
            assert not await look(topology, there, servers.management_url)
            await broker_admin.apply(topology, there)  # which refuses what has other arguments
        finally:
            await api.delete(f"/api/vhosts/{vhost}")
