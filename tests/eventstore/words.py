"""The words of these tests: a history of a lamp, kept by the domain `toy`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.eventstore import AppendEvents, NewEvent
from contracts.record import MessagesSent, Record
from infra import ids
from infra.spec import NOON

LAMP = "lamp:L-1"
OPERATION = ids.root()


def lit(n: int = 0) -> NewEvent:
    return NewEvent(type="toy.lamp-lit.v1", data={"n": n})


def append(*events: NewEvent, expected: int = 0, name: str = "A-1", stream: str = LAMP, **context: Any) -> AppendEvents:
    return AppendEvents(append_id=name, stream=stream, expected_version=expected, events=events, context=context)


def sent(n: int, kind: str = "event", **changes: Any) -> Record:
    """The n-th message that was sent; the same one each time."""
    found: dict[str, Any] = {
        "id": ids.derived(OPERATION, "toy", "words", kind, n), "kind": kind, "type": "toy.lamp-lit.v1", "subject": "L-1",
        "source": "toy", "time": NOON, "correlation": OPERATION, "causation": OPERATION,
    }  # fmt: skip
    if kind == "event":
        found |= {"aggregate": "lamp", "sequence": n, "data": {"n": n}}
    return Record(**(found | changes))


def bundle(*items: Record, identity: UUID | None = None) -> MessagesSent:
    return MessagesSent(bundle=str(identity or ids.root()), items=items)
