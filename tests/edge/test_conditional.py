"""Reading without a body: HEAD, and 304 for who has the answer already (RFC 9110, 9.3.2 and 13.1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from contracts.inventory import GetProduct
from edge.app import endpoints
from tests.edge.world import ORDER, World, bearer

TEA, WATER = b'{"sku":"TEA-1"}', b'{"sku":"WATER-1"}'
PRODUCT = "/v1/products/TEA-1"
PUBLIC = ("/", "/demo", "/openapi.json", "/.well-known/jwks.json", "/static/demo.js", "/problems/not-found")


@pytest.fixture
def stocked(world: World) -> Iterator[World]:
    world.answers.by_topic[GetProduct.topic] = TEA
    yield world


async def test_the_same_answer_has_the_same_tag_and_another_has_another(stocked: World) -> None:
    first, again = [await stocked.get(PRODUCT) for _ in range(2)]
    stocked.answers.by_topic[GetProduct.topic] = WATER
    other = await stocked.get("/v1/products/WATER-1")
    assert first.headers["etag"] == again.headers["etag"] != other.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("written", ["{tag}", "W/{tag}", '"other", {tag}', '"a,b" , W/{tag}', "*"])
async def test_who_has_it_gets_no_body(stocked: World, written: str) -> None:
    tag = (await stocked.get(PRODUCT)).headers["etag"]
    answer = await stocked.get(PRODUCT, None, **{"If-None-Match": written.format(tag=tag)})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert "content-type" not in answer.headers and answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("written", ['"other"', "", "nonsense", '"', "W/", '"*"'])
async def test_who_has_another_gets_it_whole(stocked: World, written: str) -> None:
    answer = await stocked.get(PRODUCT, None, **{"If-None-Match": written})
    assert (answer.status_code, answer.content) == (200, TEA)


async def test_what_is_not_there_or_not_allowed_is_no_304(world: World) -> None:
    world.answers.by_topic[GetProduct.topic] = None
    assert (await world.get(PRODUCT, None, **{"If-None-Match": "*"})).status_code == 404
    assert (await world.client.get(PRODUCT, headers={"If-None-Match": "*"})).status_code == 401


async def test_an_operation_is_304_until_it_changes(world: World) -> None:
    operation = (await world.post("/v1/orders", ORDER, key="k")).headers["location"]
    tag = (await world.get(operation)).headers["etag"]
    assert (await world.get(operation, None, **{"If-None-Match": tag})).status_code == 304
    ((identity, known),) = world.intake.operations.items()
    world.intake.operations[identity] = replace(known, status="delayed")
    assert (await world.get(operation, None, **{"If-None-Match": tag})).status_code == 200


async def test_a_head_says_what_a_get_would(stocked: World) -> None:
    got, head = await stocked.get(PRODUCT), await stocked.client.head(PRODUCT, headers=bearer())
    same = ("etag", "content-length", "content-type", "cache-control")
    assert head.status_code == 200 and [head.headers[one] for one in same] == [got.headers[one] for one in same]


@pytest.mark.parametrize("path", PUBLIC)
async def test_pages_and_documents_may_be_asked_for_again(world: World, path: str) -> None:
    answer = await world.client.get(path)
    again = await world.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (answer.status_code, again.status_code, again.content) == (200, 304, b"")


async def test_a_stream_is_not_opened_by_a_head(world: World) -> None:
    answer = await world.client.head("/demo/events")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("path", [one.path for one in endpoints() if not one.writes])
async def test_every_read_may_be_a_head(world: World, path: str) -> None:
    assert (await world.client.head(path.replace("{", "").replace("}", ""))).status_code == 401
