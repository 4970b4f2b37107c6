"""What is recorded of an operation, as spans that OpenTelemetry's own messages take (S3-85)."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OfficialSpan
from rich.console import Console

from contracts.eventstore import Hop, Timeline
from contracts.message import Query
from edge import otlp
from edge.audit import Line
from edge.rules import Operation
from edge.spans import Span, spans
from edge.trace_sender import MOST_WAITING, TraceSender, dropped
from infra.console import waterfall
from infra.database import Pool
from infra.spec import NOON
from tests.collector import collecting
from tests.edge.test_operations import OPEN
from tests.edge.world import ADMIN, World

TRACE, CALLER, CALLED = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "b7ad6b7169203331"
ROOT = UUID(int=1)


def at(milliseconds: float) -> dict[str, object]:
    return {"time": NOON + timedelta(milliseconds=milliseconds)}


def hop(n: int, kind: str, topic: str, source: str, after: float, cause: int | None = None) -> Hop:
    causation = UUID(int=cause) if cause else None
    known = {"id": UUID(int=n), "kind": kind, "type": topic, "subject": "O-1", "source": source, "causation": causation}
    return Hop.model_validate(known | at(after))


def timeline(*hops: Hop, **changes: object) -> Timeline:
    traceparent = f"00-{TRACE}-{CALLED}-01"
    return Timeline.model_validate({"operation_id": str(ROOT), "items": hops, "traceparent": traceparent} | changes)


ORDER = (
    hop(1, "command", "order.place-order.v1", "edge", 0),
    hop(2, "event", "order.order-placed.v1", "order", 10, 1),
    hop(3, "command", "inventory.reserve-stock.v1", "order", 10, 1),
    hop(4, "event", "inventory.stock-reserved.v1", "inventory", 22.5, 3),
    hop(5, "command", "payment.charge-payment.v1", "order", 30, 4),
    hop(6, "event", "payment.payment-captured.v1", "payment", 41, 5),
    hop(7, "event", "order.order-confirmed.v1", "order", 50, 6),
)
CALL = Line(NOON - timedelta(milliseconds=2), "r", TRACE, "me", "POST", "/v1/orders", 200, 60, ROOT, CALLED, CALLER)


def named(found: list[Span]) -> dict[str, Span]:
    assert len({one.name for one in found}) == len(found)
    return {one.name: one for one in found}


def took(one: Span) -> float:
    return (one.end - one.start) / timedelta(milliseconds=1)


@pytest.mark.req("S3-85")
def test_an_order_is_one_trace_from_the_client_to_the_payment() -> None:
    found = named(spans(timeline(*ORDER), CALL))

    assert {one.trace_id for one in found.values()} == {TRACE}
    parents = {
        name: next((other for other, one in found.items() if one.span_id == span.parent_id), "") for name, span in found.items()
    }
    assert parents == {
        "POST /v1/orders": "", "order-processing": "POST /v1/orders", "inventory-reserve": "order-processing",
        "order-stock-reserved": "inventory-reserve", "payment-process": "order-stock-reserved",
        "order-payment-captured": "payment-process",
    }  # fmt: skip
    assert found["POST /v1/orders"].parent_id == CALLER
    assert [found[name].service for name in ("order-processing", "inventory-reserve", "payment-process")] == [
        "order", "inventory", "payment",
    ]  # fmt: skip


def test_spans_last_from_sending_to_deciding_and_those_with_an_outcome_until_it() -> None:
    found = named(spans(timeline(*ORDER), CALL))
    assert {name: took(one) for name, one in found.items()} == {
        "POST /v1/orders": 60, "order-processing": 50, "inventory-reserve": 12.5, "order-stock-reserved": 7.5,
        "payment-process": 11, "order-payment-captured": 9,
    }  # fmt: skip
    assert found["order-processing"].attributes["hikyaku.until"] == "outcome"
    assert found["order-stock-reserved"].attributes["hikyaku.until"] == "decided"


def test_what_led_to_nothing_has_no_span_yet() -> None:
    assert [one.name for one in spans(timeline(*ORDER[:5]))] == ["order-processing", "inventory-reserve", "order-stock-reserved"]
    assert spans(timeline(ORDER[0])) == []


def test_a_refusal_that_a_command_declares_is_its_failure() -> None:
    refused = hop(4, "refusal", "inventory.reservation-refused.v1", "inventory", 20, 3)
    failed = hop(5, "refusal", "order.order-failed.v1", "order", 25, 4)
    found = named(spans(timeline(*ORDER[:3], refused, failed)))
    assert {name: one.failed for name, one in found.items()} == {
        "order-processing": "order.order-failed.v1", "inventory-reserve": "inventory.reservation-refused.v1",
        "order-reservation-refused": "",
    }  # fmt: skip


def test_an_event_that_two_domains_took_is_two_spans() -> None:
    heard = hop(8, "command", "notification.notify.v1", "notification", 60, 7)
    again = hop(9, "event", "analytics.sold.v1", "analytics", 64, 7)
    found = [one for one in spans(timeline(*ORDER, heard, again)) if one.name.endswith("order-confirmed")]
    assert [(one.service, took(one)) for one in found] == [("notification", 10), ("analytics", 14)]
    assert len({one.span_id for one in found}) == 2


def test_an_operation_that_nobody_traced_has_its_own_id_as_trace() -> None:
    found = spans(timeline(*ORDER, traceparent=""))
    assert {one.trace_id for one in found} == {ROOT.hex}
    assert found[0].parent_id == ""


def parsed(body: bytes) -> ExportTraceServiceRequest:
    """OTLP/JSON writes ids in hex, where protobuf's own JSON has base64: the one difference between the two."""
    document = json.loads(body)
    for resource in document["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for one in scope["spans"]:
                for name in {"traceId", "spanId", "parentSpanId"} & one.keys():
                    one[name] = base64.b64encode(bytes.fromhex(one[name])).decode()
    request = ExportTraceServiceRequest()
    json_format.ParseDict(document, request)
    return request


@pytest.mark.req("S3-85")
def test_the_official_messages_take_what_is_written() -> None:
    request = parsed(otlp.written(spans(timeline(*ORDER), CALL), complete=False))

    by_name = {one.name: one for resource in request.resource_spans for scope in resource.scope_spans for one in scope.spans}
    services = [resource.resource.attributes[0].value.string_value for resource in request.resource_spans]
    assert services == ["edge", "order", "inventory", "payment"]
    reserve = by_name["inventory-reserve"]
    assert (reserve.trace_id.hex(), len(reserve.span_id)) == (TRACE, 8)
    assert reserve.parent_span_id == by_name["order-processing"].span_id
    assert reserve.end_time_unix_nano - reserve.start_time_unix_nano == 12_500_000
    assert reserve.kind == OfficialSpan.SPAN_KIND_CONSUMER
    attributes = {one.key: one.value.string_value for one in reserve.attributes}
    assert attributes["messaging.destination.name"] == "commands:inventory.reserve-stock.v1:inventory"
    assert attributes["messaging.message.id"] == str(UUID(int=3))
    served = by_name["POST /v1/orders"]
    assert served.kind == OfficialSpan.SPAN_KIND_SERVER
    assert {one.key: one.value.int_value for one in served.attributes}["http.response.status_code"] == 200
    scope = request.resource_spans[0].scope_spans[0].scope
    assert [(one.key, one.value.bool_value) for one in scope.attributes] == [("hikyaku.complete", False)]


def test_a_waterfall_has_each_span_under_the_one_that_led_to_it() -> None:
    document = json.loads(otlp.written(spans(timeline(*ORDER), CALL)))
    assert [(one.depth, one.service, one.name, one.start, one.took) for one in waterfall.rows(document)] == [
        (0, "edge", "POST /v1/orders", 0, 60), (1, "order", "order-processing", 2, 50),
        (2, "inventory", "inventory-reserve", 12, 12.5), (3, "order", "order-stock-reserved", 24.5, 7.5),
        (4, "payment", "payment-process", 32, 11), (5, "order", "order-payment-captured", 43, 9),
    ]  # fmt: skip
    drawn = Console(width=140, file=io.StringIO(), record=True)
    waterfall.draw(document, drawn)
    assert "          order-payment-captured" in drawn.export_text()


async def test_what_is_no_trace_of_the_callers_looks_like_nothing() -> None:
    world = World()
    world.answers.by_topic["eventstore.find-operations.v1"] = json.dumps(
        {"trace_id": TRACE, "operation_ids": [str(ROOT)]}
    ).encode()
    assert (await world.get(f"/v1/traces/{TRACE}", ADMIN)).status_code == 404
    assert (await world.get("/v1/traces/4BF9", ADMIN)).status_code == 404
    assert (await world.get(f"/v1/operations/{ROOT}/trace", ADMIN)).status_code == 404


class Recorded:
    """The event store and the audit of one order."""

    def __init__(self, flags: str = "01") -> None:
        self.asked = 0
        self.timeline = timeline(*ORDER, traceparent=f"00-{TRACE}-{CALLED}-{flags}")

    async def ask(self, query: Query) -> bytes:
        self.asked += 1
        return self.timeline.model_dump_json().encode()

    async def fetchrow(self, sql: str, operation: UUID, span: str) -> tuple[object, ...]:
        return tuple(CALL)

    def sender(self, url: str) -> TraceSender:
        return TraceSender(url, self.ask, cast(Pool, self), rest=0.0)


async def working(sender: TraceSender, *operations: Operation) -> None:
    """Until nothing waits any more."""
    task = asyncio.create_task(sender.run())
    sender.committed(operations)
    await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        while sender._waiting:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    task.cancel()


DONE = replace(OPEN, operation_id=ROOT, status="succeeded")


async def test_a_finished_operation_is_sent_once() -> None:
    with collecting() as collector:
        await working(Recorded().sender(collector.url), OPEN, DONE, DONE)
    (body,) = collector.bodies
    assert "payment-process" in {one.name for resource in parsed(body).resource_spans for one in resource.scope_spans[0].spans}


async def test_what_the_caller_does_not_want_recorded_is_not_sent() -> None:
    with collecting() as collector:
        await working((recorded := Recorded("00")).sender(collector.url), DONE)
    assert (recorded.asked, collector.bodies) == (1, [])


async def test_a_collector_that_is_away_is_in_nobodys_way() -> None:
    before = dropped.labels("ConnectError")._value.get()
    await working(Recorded().sender("http://127.0.0.1:9"), DONE)
    assert dropped.labels("ConnectError")._value.get() == before + 1


def test_what_does_not_fit_is_dropped_and_counted() -> None:
    sender = Recorded().sender("http://127.0.0.1:9")
    before = dropped.labels("too many")._value.get()
    sender.committed([replace(DONE, operation_id=UUID(int=n)) for n in range(MOST_WAITING + 5)])
    assert dropped.labels("too many")._value.get() == before + 5
