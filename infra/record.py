"""Tells the event store what leaves: one letter for each committed bundle, stored in it (architecture.md section 9)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from contracts.message import LARGEST, Event, Job, Message
from contracts.record import MOST, MessagesSent
from infra import ids
from infra.envelope import Envelope
from infra.letter import Letter

PASSED_ON = ("subject", "source", "time", "correlation", "causation", "operation", "sequence")


def written(sent: Sequence[tuple[Envelope, Letter]], rung: Iterable[Envelope] = ()) -> Iterator[Letter]:
    """`rung` are the timers that led to some of it: nobody has sent them, and without them the tree has holes."""
    items = [_timer(one) for one in rung]
    items += [_item(one.message, letter) for one, letter in sent if one.message.kept != "nothing"]
    part: list[bytes] = []
    size = 0
    source = sent[0][0].source if sent else ""
    for item in items:
        if part and (size + len(item) > LARGEST or len(part) == MOST):
            yield _letter(part, source)
            part, size = [], 0
        part.append(item)
        size += len(item)
    if part:
        yield _letter(part, source)


def _item(message: Message, letter: Letter) -> bytes:
    headers = letter.headers
    found: dict[str, Any] = {"id": str(letter.id), "kind": _kind(message), "type": letter.topic}
    for name in PASSED_ON:
        if name in headers:
            found[name] = headers[name]
    if aggregate := headers.get("aggregatetype"):
        found["aggregate"] = aggregate
    if "causation" not in headers:
        found |= {name: headers[name] for name in ("actor", "traceparent") if name in headers}
    plain = orjson.dumps(found)
    # The body is JSON already, and is neither read nor written once more.
    return plain[:-1] + b',"data":' + letter.body.encode() + b"}" if message.kept == "whole" else plain


def _timer(one: Envelope) -> bytes:
    message = one.message
    return orjson.dumps(
        {
            "id": str(one.id), "kind": "timer", "type": message.topic, "subject": message.subject, "source": one.source,
            "time": one.time, "correlation": str(one.correlation), "causation": str(one.causation) if one.causation else None,
        }
    )  # fmt: skip


def _kind(message: Message) -> str:
    return "event" if isinstance(message, Event) else "job" if isinstance(message, Job) else "command"


def _letter(items: Sequence[bytes], source: str) -> Letter:
    """Its id is its own: the store knows each message in it by that message's id, not by the bundle that brought it."""
    identity = ids.root()
    headers = {"subject": str(identity), "partition-key": str(identity), "correlation": str(identity), "source": source}
    body = b'{"bundle":"%s","items":[%s]}' % (str(identity).encode(), b",".join(items))
    return Letter(identity, "events", MessagesSent.topic, headers, body.decode())
