"""What OpenTelemetry calls things: names and numbers of its semantic conventions, here and nowhere else.

Version 1.44 of the conventions, in which those of messaging are still in development; a newer one is a change to this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TypeAlias

from contracts.eventstore import Hop
from contracts.message import catalogue
from edge.audit import Line
from infra.envelope import exchange_of

SCHEMA = "https://opentelemetry.io/schemas/1.44.0"
SERVICE, NAMESPACE = "service.name", "service.namespace"
Attributes: TypeAlias = Mapping[str, str | int | bool]


class Kind(IntEnum):
    INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 1, 2, 3, 4, 5


class Status(IntEnum):
    UNSET, OK, ERROR = 0, 1, 2


def handling(hop: Hop, handler: str, operation_id: str) -> tuple[Kind, Attributes]:
    """Of a message that was taken by a domain. A timer has crossed no broker."""
    known = {"messaging.message.id": str(hop.id), "messaging.message.conversation_id": operation_id}
    if hop.kind == "timer":
        return Kind.INTERNAL, {"hikyaku.timer": hop.type} | known
    kind = catalogue().get(hop.type)
    exchange = exchange_of(kind) if kind else "events"
    return Kind.CONSUMER, known | {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": f"{exchange}:{hop.type}:{handler}",
        "messaging.rabbitmq.destination.routing_key": hop.type,
        "messaging.consumer.group.name": handler,
    }


def serving(line: Line) -> Attributes:
    """Of a call to the edge."""
    return {
        "http.request.method": line.method,
        "http.route": line.route,
        "http.response.status_code": line.status,
    }
