"""On RabbitMQ and PostgreSQL: shipments of many prefectures, and carriers that repeat themselves out of order."""

from __future__ import annotations

import random

import pytest

from contracts.shipping import CancelShipment, CarrierStatus, RecordShipmentEvent
from tests.infra.harness import world
from tests.servers import Servers
from tests.shipping.words import arrange, at
from workers.shipping import group
from workers.shipping.rules.state import shipment_id_of

WAY: tuple[CarrierStatus, ...] = (
    "picked_up", "in_transit", "out_for_delivery", "delivery_failed", "out_for_delivery", "delivered",
)  # fmt: skip


@pytest.mark.req("S3-31", "S3-32", "S3-35", "S3-57")
async def test_every_parcel_arrives_whatever_the_carrier_says_when(servers: Servers) -> None:
    chance = random.Random(7)
    orders = [f"ORDER-{n}" for n in range(40)]
    async with world(servers, group) as here:
        member = here.member(group)
        await member.start()
        try:
            await here.send(*(arrange(order) for order in orders), *(arrange(order) for order in orders[:10]))
            await here.until("SELECT count(DISTINCT tracking_number) FROM shipment", len(orders))

            words = [
                RecordShipmentEvent(
                    shipment_id=shipment_id_of(order), event_id=f"{order}-{n}", status=status, at=at(n),
                    prefecture=chance.choice(["JP-13", "JP-27", ""]),
                )
                for order in orders for n, status in enumerate(WAY)
            ]  # fmt: skip
            words += chance.sample(words, 60)
            chance.shuffle(words)
            await here.send(*words)
            await here.until("SELECT count(*) FROM carrier_event", len(orders) * len(WAY))
            await here.until("SELECT count(*) FROM shipment WHERE status = 'delivered'", len(orders))
            assert await here.value("SELECT bool_and(shipped_at = $1 AND moved_at = $2) FROM shipment", at(0), at(5))

            await here.send(CancelShipment(order_id=orders[0], customer_id="CUST-001"))
            refusals = "SELECT count(*) FROM outbox WHERE topic = 'shipping.cancellation-refused.v1'"
            await here.until(refusals, 1)
            assert await here.value("SELECT count(*) FROM parked") == 0
        finally:
            await member.drain(10)
