"""The JSON Schema of every message, and a first example of each that old bytes are measured by."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from contracts.message import Command, Event, Message, catalogue
from infra.compatibility import REFERENCE
from infra.envelope import exchange_of

SAMPLES = (
    "CUST-001", "100-0001", "JP-13", "shipping", "tok_approve", "media:M-1", "media_command.media-uploaded.v1",
    "0" * 64, f"{'0' * 16}/{'0' * 64}",
)  # fmt: skip
"""Something that fits each pattern in use; a pattern that none of them fits needs an example written by hand."""
NAMED: Mapping[str, str] = {"currency": "JPY", "customer_id": "CUST-001", "order_id": "ORDER-123", "sku": "TEA-1"}


def texts() -> dict[str, str]:
    """By topic, as the files have them."""
    return {topic: written(schema_of(kind)) for topic, kind in sorted(catalogue().items())}


def schema_of(kind: type[Message]) -> dict[str, Any]:
    """JSON Schema 2020-12 of what travels, with what the broker needs to know beside it."""
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": kind.topic}
    schema |= kind.model_json_schema(mode="validation")
    schema["x-exchange"], schema["x-subject"] = exchange_of(kind), kind.about
    schema["x-partition-key"] = kind.key or kind.about
    if issubclass(kind, Event) and kind.aggregate:
        schema["x-aggregate"] = kind.aggregate
    if issubclass(kind, Command):
        schema |= {"x-succeeds": [one.topic for one in kind.succeeds], "x-fails": [one.topic for one in kind.fails]}
    return schema


def written(document: Mapping[str, Any], *, ordered: bool = False) -> str:
    """As the files have it. `ordered` sorts the keys of a document whose own order means nothing."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=ordered) + "\n"


def example_of(kind: type[Message]) -> str:
    """A message of that type as JSON, every field given. Raises LookupError when one has to be written by hand."""
    schema = kind.model_json_schema(mode="validation")
    drafted = _value(schema, schema.get("$defs", {}), "")
    try:
        message = kind.model_validate_json(json.dumps(drafted))
    except ValueError as error:
        raise LookupError(f"No example of {kind.topic} can be guessed, write one: {error}") from None
    return written(message.model_dump(mode="json"))


def _value(schema: Mapping[str, Any], definitions: Mapping[str, Any], name: str) -> Any:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix(REFERENCE)]
    if "anyOf" in schema:
        return _value(schema["anyOf"][0], definitions, name)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {field: _value(inner, definitions, field) for field, inner in fields.items()}
        case "array":
            return [_value(schema["items"], definitions, name)]
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
        case "string":
            return _text(schema, name)
    return {}


def _text(schema: Mapping[str, Any], name: str) -> str:
    match schema.get("format"):
        case "date-time":
            return "2026-11-20T03:04:05Z"
        case "date":
            return "2026-11-24"
        case "uuid":
            return "019a9b5c-0000-7000-8000-000000000000"
    most = schema.get("maxLength", 100)
    pattern = re.compile(schema.get("pattern", ""))
    for sample in (NAMED.get(name), *SAMPLES, ""):
        if sample is not None and len(sample) <= most and pattern.search(sample):
            return sample
    return ""
