"""What is recorded of an operation, as spans of one trace (S3-85). Pure: nothing is measured for it.

A span is the way of one message through one domain: from its sending until that domain decided it. A command that
declares its outcome goes on until that outcome, so the span of an order lasts as long as the order's saga. When a domain
began with a message is recorded nowhere, so waiting and work are one length. A message that led to nothing has no span.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

from contracts.eventstore import Hop, Timeline
from contracts.message import Command, catalogue
from edge.audit import Line
from edge.conventions import Attributes, Kind, handling, serving
from edge.tracing import span_of, trace_of

EDGE = "edge"
Until = Literal["outcome", "decided"]


@dataclass(frozen=True, slots=True)
class Span:
    """`parent_id` is empty where nobody led to it; `failed` says what went wrong, in a word."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    kind: Kind
    start: datetime
    end: datetime
    attributes: Attributes = field(default_factory=dict)
    failed: str = ""


def spans(found: Timeline, call: Line | None = None) -> list[Span]:
    """Oldest first. `call` is the request that began the operation; without it the root's parent is named, but not here."""
    trace_id = trace_of(found.traceparent) or UUID(found.operation_id).hex
    tree = Tree(found, trace_id)
    called = [_served(call, trace_id)] if call else []
    return [*called, *sorted(tree.spans(), key=lambda one: (one.start, one.end, one.span_id))]


def _served(call: Line, trace_id: str) -> Span:
    end = call.at + timedelta(milliseconds=call.milliseconds)
    failed = str(call.status) if call.status >= 500 else ""
    name = f"{call.method} {call.route}"
    return Span(trace_id, call.span_id, call.parent_id, EDGE, name, Kind.SERVER, call.at, end, serving(call), failed)


class Tree:
    """The messages of an operation, by what led to them."""

    def __init__(self, found: Timeline, trace_id: str) -> None:
        self.operation_id, self.trace_id = found.operation_id, trace_id
        self.root = span_of(found.traceparent)
        self.hops: Sequence[Hop] = found.items
        self.effects: Mapping[UUID | None, list[Hop]] = defaultdict(list)
        for one in self.hops:
            self.effects[one.causation].append(one)

    def spans(self) -> Iterator[Span]:
        for hop in self.hops:
            # An event may have been taken by several domains: each has told or asked something because of it.
            for handler in dict.fromkeys(one.source for one in self.effects[hop.id]):
                yield self._span(hop, handler)

    def _span(self, hop: Hop, handler: str) -> Span:
        end, until = min(one.time for one in self.effects[hop.id] if one.source == handler), "decided"
        failed = outcome = ""
        if (last := self._outcome(hop)) is not None:
            end, until, outcome = last.time, "outcome", last.type
            failed = last.type if last.type in _topics(hop.type, "fails") else ""
        kind, attributes = handling(hop, handler, self.operation_id)
        said = {"hikyaku.subject": hop.subject, "hikyaku.until": until} | ({"hikyaku.outcome": outcome} if outcome else {})
        parent = span_id(hop.causation, hop.source) if hop.causation else self.root
        return Span(
            self.trace_id, span_id(hop.id, handler), parent, handler, name_of(hop, handler), kind, hop.time,
            max(hop.time, end), {**attributes, **said}, failed,
        )  # fmt: skip

    def _outcome(self, hop: Hop) -> Hop | None:
        """The first event among what came of it that the command declares as its end."""
        ends = _topics(hop.type, "succeeds") | _topics(hop.type, "fails")
        pending = [hop.id] if ends else []
        found: list[Hop] = []
        while pending:
            for one in self.effects[pending.pop()]:
                pending.append(one.id)
                if one.type in ends:
                    found.append(one)
        return min(found, key=lambda one: one.time, default=None)


def name_of(hop: Hop, handler: str) -> str:
    """What the message type says, else `<domain>-<what>`: a domain's own handling of what it was asked or has heard."""
    kind = catalogue().get(hop.type)
    return kind.span if kind is not None and kind.span else f"{handler}-{hop.type.split('.')[1]}"


def span_id(message: UUID, handler: str) -> str:
    """The same each time, so that a trace sent twice is one trace."""
    return sha256(message.bytes + handler.encode()).hexdigest()[:16]


def _topics(topic: str, which: Literal["succeeds", "fails"]) -> frozenset[str]:
    kind = catalogue().get(topic)
    if kind is None or not issubclass(kind, Command):
        return frozenset()
    return frozenset(one.topic for one in getattr(kind, which))
