"""Spans as OTLP/JSON: what any OpenTelemetry collector takes at /v1/traces. Ids are hex, 64-bit numbers are strings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import BaseModel, Field

from edge.conventions import NAMESPACE, SCHEMA, SERVICE, Status
from edge.spans import Span

PRODUCT = "hikyaku"
COMPLETE = "hikyaku.complete"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Value(BaseModel):
    """One of them."""

    stringValue: str | None = None
    intValue: str | None = None
    boolValue: bool | None = None


class Attribute(BaseModel):
    key: str
    value: Value


class SpanStatus(BaseModel):
    code: int = 0
    message: str | None = None


class TraceSpan(BaseModel):
    """Times are nanoseconds since 1970, in microsecond steps. `kind`: 1 internal, 2 server, 5 consumer."""

    traceId: str
    spanId: str
    parentSpanId: str | None = None
    flags: int = 1
    name: str
    kind: int
    startTimeUnixNano: str
    endTimeUnixNano: str
    attributes: list[Attribute] = Field(default_factory=list)
    status: SpanStatus | None = None


class Scope(BaseModel):
    name: str = PRODUCT
    attributes: list[Attribute] = Field(default_factory=list)


class ScopeSpans(BaseModel):
    scope: Scope
    spans: list[TraceSpan]


class Resource(BaseModel):
    attributes: list[Attribute]


class ResourceSpans(BaseModel):
    resource: Resource
    scopeSpans: list[ScopeSpans]
    schemaUrl: str = SCHEMA


class Traces(BaseModel):
    """An ExportTraceServiceRequest; each domain is a service of its own."""

    resourceSpans: list[ResourceSpans]


def written(found: Iterable[Span], complete: bool = True) -> bytes:
    """`complete` is false when more is recorded than these, which stands in their scope."""
    services: dict[str, list[TraceSpan]] = defaultdict(list)
    for one in found:
        services[one.service].append(_span(one))
    scope = Scope(attributes=[] if complete else [_attribute(COMPLETE, False)])
    resources = [
        ResourceSpans(
            resource=Resource(attributes=[_attribute(SERVICE, service), _attribute(NAMESPACE, PRODUCT)]),
            scopeSpans=[ScopeSpans(scope=scope, spans=spans)],
        )
        for service, spans in services.items()
    ]
    return Traces(resourceSpans=resources).model_dump_json(exclude_none=True).encode()


def _span(one: Span) -> TraceSpan:
    return TraceSpan(
        traceId=one.trace_id,
        spanId=one.span_id,
        parentSpanId=one.parent_id or None,
        name=one.name,
        kind=one.kind,
        startTimeUnixNano=_nanoseconds(one.start),
        endTimeUnixNano=_nanoseconds(one.end),
        attributes=[_attribute(key, value) for key, value in one.attributes.items()],
        status=SpanStatus(code=Status.ERROR, message=one.failed) if one.failed else None,
    )


def _nanoseconds(at: datetime) -> str:
    since = at - EPOCH
    return str((since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000)


def _attribute(key: str, value: str | int | bool) -> Attribute:
    if isinstance(value, bool):
        return Attribute(key=key, value=Value(boolValue=value))
    if isinstance(value, int):
        return Attribute(key=key, value=Value(intValue=str(value)))
    return Attribute(key=key, value=Value(stringValue=value))
