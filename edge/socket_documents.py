"""What OpenAPI and AsyncAPI say of the socket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, Field

from edge.channels import Channel
from edge.socket import Code, Wish
from edge.sockets import OPERATION, PATH
from edge.tickets import LIFETIME

TICKETS = f"{PATH.removesuffix('/socket')}/socket-tickets"
Json = dict[str, Any]


class SocketTicket(BaseModel):
    """Good once, for 30 s."""

    ticket: str
    expires_in: int
    links: dict[str, str]


class Told(BaseModel):
    """What the edge says: `data` and `sequence` for a message of a channel, `problem` for a refusal."""

    type: str = Field(description="an event's topic, operation.status, ended, unsubscribed, refused, pong or heartbeat")
    channel: str = ""
    sequence: int = 0
    data: dict[str, Any] = {}
    problem: dict[str, Any] = {}


def openapi(problems: Mapping[str, Json], schema: Json) -> dict[str, Json]:
    """The paths of the two calls; `problems` are responses by their code."""
    seconds = int(LIFETIME.total_seconds())
    ticket = {"name": "ticket", "in": "query", "required": True, "schema": {"type": "string"}}
    return {
        TICKETS: {
            "post": {
                "operationId": "edge_socket_ticket",
                "summary": f"A ticket to {PATH}, good once within {seconds} s",
                "tags": ["edge"],
                "security": [{"bearer": []}],
                "responses": {
                    "201": {"description": "The ticket", "content": {"application/json": {"schema": schema}}},
                    **{code: problems[code] for code in ("401", "406", "429", "503")},
                },
            }
        },
        PATH: {
            "get": {
                "operationId": "edge_socket",
                "summary": "The WebSocket: follow operations and channels (AsyncAPI tells what is said on it)",
                "tags": ["edge"],
                "parameters": [ticket],
                "responses": {
                    "101": {"description": "It is open"},
                    "426": {"description": "This address speaks WebSocket"},
                    **{code: problems[code] for code in ("401", "403", "429", "503")},
                },
            }
        },
    }


def asyncapi(channels: Iterable[Channel]) -> Json:
    """Its channel, with what can be subscribed to on it."""
    codes = ", ".join(f"{int(code)} {code.name.lower()}" for code in Code)
    return {
        "address": PATH,
        "summary": "Subscribe to operations and to what domains publish",
        "description": f"Closing codes besides the standard's: {codes}.",
        "servers": [{"$ref": "#/servers/edge"}],
        "messages": {
            "wish": {"summary": "What a client says", "payload": Wish.model_json_schema()},
            "told": {"summary": "What the edge says", "payload": Told.model_json_schema()},
        },
        "bindings": {"ws": {"method": "GET", "query": {"type": "object", "properties": {"ticket": {"type": "string"}}}}},
        "x-subscriptions": [
            {"channel": f"{OPERATION}:{{operation_id}}", "types": ["operation.status"]},
            *({"channel": f"{one.name}:{{{one.key}}}", "types": [event.topic for event in one.events]} for one in channels),
        ],
    }
