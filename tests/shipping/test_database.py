"""What PostgreSQL itself forbids and answers for shipping."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.sealed import Sealed
from contracts.shipping import GetShipment, Recipient
from infra.database import Pool
from infra.decision import Row
from infra.sealing import open_, seal
from tests import scratch
from tests.scratch import database_of, empty
from tests.servers import Servers
from tests.shipping.words import ARRIVES, NUMBER, SHIPMENT, at, event, known, shipment
from workers.shipping import group, queries
from workers.shipping.rules.state import CarrierEvent, Reference, carrier_event_id

pytestmark = pytest.mark.req("S3-33", "S3-34", "S3-58", "S3-75")

KEY = X25519PrivateKey.generate()
PERSON = Recipient(city="千代田区", line1="千代田1-1", recipient="山田花子", phone="+819012345678")
EVENT = CarrierEvent(carrier_event_id("A", "E1"), "A", "E1", "picked_up", at(1), at(2))


def open_box(sealed: Sealed) -> bytes:
    return open_(KEY.private_bytes_raw(), sealed)


def sealed(person: Recipient) -> dict[str, Any]:
    return seal(KEY.public_key().public_bytes_raw(), "shipping", person.model_dump_json().encode()).model_dump()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("shipping", servers.database_url) as address:
        yield address


@pytest.fixture(autouse=True)
async def emptied(database: str) -> None:
    await empty(database)


save = partial(scratch.save, group)
refused = partial(scratch.refused, group)


@pytest.mark.req("S3-32", "S3-58")
async def test_no_two_shipments_have_one_number(pool: Pool) -> None:
    other = replace(shipment(), order_id="B", shipment_id="another")
    assert await refused(pool, shipment(), other) == "shipment_tracking_number_is_unique"
    assert await refused(pool, Reference(NUMBER, "A"), Reference(NUMBER, "B")) == "reference_pkey"


@pytest.mark.req("S3-58")
async def test_a_carriers_word_is_kept_once(pool: Pool) -> None:
    assert await refused(pool, EVENT, replace(EVENT, carrier_event_id="another")) == "carrier_event_comes_once"


@pytest.mark.req("S3-36")
@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        (shipment("lost", at(1)), "shipment_status_is_known"),
        (shipment("picked_up"), "shipment_moves_from_pick_up_on"),
        (shipment("cancelled", at(1)), "shipment_moves_from_pick_up_on"),
        (replace(shipment("picked_up", at(1)), shipped_at=None), "shipment_that_moves_was_shipped"),
        (replace(shipment(), tracking_number="12345"), "shipment_tracking_number_has_12_digits"),
    ],
)
async def test_a_shipment_that_cannot_be_is_refused(pool: Pool, wrong: Row, constraint: str) -> None:
    assert await refused(pool, wrong) == constraint


@pytest.mark.req("S3-33", "S3-34", "S3-75")
async def test_a_shipment_is_answered_with_its_recipient_and_history(pool: Pool, reading: AsyncConnection) -> None:
    """The one place where the seal is opened."""
    spec = known().when(event("delivered", 5), event("picked_up", 1))
    for row in spec.rows.values():
        await save(pool, replace(row, recipient=sealed(PERSON)) if row.key == "A" else row)  # type: ignore[type-var]
    answers = [await queries.opening(open_box)(GetShipment(shipment_id=name), reading) for name in (SHIPMENT, NUMBER)]
    assert answers[0] == answers[1]
    answer = answers[0]
    assert answer is not None
    assert (answer.status, answer.tracking_number, answer.carrier) == ("delivered", NUMBER, "hikyaku")
    assert (answer.estimated_delivery, answer.shipped_at, answer.delivered_at) == (ARRIVES, at(1), at(5))
    assert [(step.status, step.at) for step in answer.history] == [("picked_up", at(1)), ("delivered", at(5))]
    assert answer.recipient == PERSON


async def test_a_box_that_cannot_be_opened_hides_the_recipient_only(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, shipment(), Reference(SHIPMENT, "A"))

    def locked(sealed: Sealed) -> bytes:
        raise ValueError("another key")

    answer = await queries.opening(locked)(GetShipment(shipment_id=SHIPMENT), reading)
    assert answer and answer.recipient is None and answer.history == ()


async def test_there_is_no_shipment_of_a_mere_cancellation(pool: Pool, reading: AsyncConnection) -> None:
    tombstone = replace(shipment("cancelled"), recipient={}, parcels=[], tracking_number=None)
    await save(pool, tombstone, Reference(SHIPMENT, "A"))
    assert await queries.opening(open_box)(GetShipment(shipment_id=SHIPMENT), reading) is None
    assert await queries.opening(open_box)(GetShipment(shipment_id="unknown"), reading) is None
