"""AsyncAPI 3.0 of every message, made from the contracts (S2-115)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import models_json_schema

from contracts.message import Command, Event, Job, Message, Query, catalogue, domain_of
from edge import socket_documents
from edge.channels import Channel
from infra.envelope import exchange_of

HEADERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        name: {"type": "string"}
        for name in ("subject", "partition-key", "aggregatetype", "causation", "operation", "actor", "traceparent", "deadline")
    }
    | {"sequence": {"type": "integer"}},
}


def kind_of(message: type[Message]) -> str:
    kinds = {Event: "event", Command: "command", Query: "query", Job: "job"}
    return next(name for base, name in kinds.items() if issubclass(message, base))


def build(followed: Iterable[Channel] = (), version: str = "0.1.0") -> dict[str, Any]:
    """A channel per topic: the owner receives its commands and queries and sends its events; and the socket of the edge."""
    types = catalogue()
    # Two domains may use one word: the schema says under which name it stands.
    schemas, document = models_json_schema(
        [(kind, "validation") for kind in types.values()], ref_template="#/components/schemas/{model}"
    )
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for topic, kind in sorted(types.items()):
        name = topic.replace(".", "_").replace("-", "_")
        messages[name] = {
            "name": topic,
            "title": kind.__name__,
            "summary": (kind.__doc__ or kind.__name__).strip().splitlines()[0],
            "contentType": "application/json",
            "correlationId": {"location": "$message.header#/correlation_id"},
            "headers": HEADERS,
            "payload": schemas[kind, "validation"],
        }
        channels[name] = {
            "address": topic,
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            "bindings": {"amqp": {"is": "routingKey", "exchange": {"name": exchange_of(kind), "type": "topic", "durable": True}}},
        }
        operations[name] = {
            "action": "send" if issubclass(kind, Event) else "receive",
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": f"{kind_of(kind)} of {domain_of(topic)}",
            "tags": [{"name": domain_of(topic)}, {"name": kind_of(kind)}],
        }
    channels["socket"] = socket_documents.asyncapi(followed)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Hikyaku", "version": version, "license": {"name": "MIT"}},
        "defaultContentType": "application/json",
        "servers": {
            "broker": {"host": "localhost:5672", "protocol": "amqp", "protocolVersion": "0.9.1"},
            "edge": {"host": "localhost:8080", "protocol": "ws"},
        },
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": document["$defs"]},
    }
