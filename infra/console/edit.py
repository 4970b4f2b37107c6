"""A dead letter with other content goes on under an id of its own: the inbox takes one id with two contents for a mistake.

The new id follows from the old one and the new content, so the same edit made twice has its effect once. The old id is
settled in the inbox, so that a late copy of the old letter changes nothing. It keeps its place among its key's letters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from contracts.message import Message, catalogue
from infra import ids
from infra import letter as letters
from infra.console.dead import Dead
from infra.console.replay_plan import hopeless
from infra.resend import Door

OLD = "edited-from"
"""Header of an edited letter: the id it died under."""


@dataclass(frozen=True, slots=True)
class Edit:
    """`before` and `after` are digests, `changed` the fields: what a record of it may show, and never a value."""

    old: Dead
    new: Dead
    before: str
    after: str
    changed: tuple[str, ...]


def edited(dead: Dead, body: str, door: Door) -> Edit:
    """Raises LookupError with a sentence for what cannot be edited so; the text shows fields, never values."""
    if dead.status != "dead":
        raise LookupError(f"{dead.id} is {dead.status} and may still succeed as it is.")
    if not door.takes(dead.topic):
        raise LookupError(f"{dead.domain} takes no {dead.topic}.")
    try:
        old, kind = UUID(dead.id), catalogue()[dead.topic]
    except (ValueError, KeyError):
        raise LookupError(f"{dead.id} cannot be edited: it has no id, or nobody knows its type. Publish it anew.") from None
    before, new_body = _parsed(dead.body), _parsed(body)
    changed = tuple(sorted(set(differences(before, new_body))))
    if not changed:
        raise LookupError("Nothing is changed: `replay` sends it as it is.")
    if boxes := [path for path, box in sealed(new_body) if (path, box) not in [*sealed(before)]]:
        raise LookupError(f"{', '.join(boxes)} is sealed: only its sender can make another. Publish it anew, and drop this one.")
    message = fitting(kind, body)
    after = letters.digest(dead.topic, body)
    identity = ids.derived(old, dead.domain, f"edit {after.hex()}", dead.topic, 0)
    headers = dict(dead.headers) | {OLD: dead.id}
    # An operation is closed by its id, which was that of the old letter if it began with it.
    headers.setdefault("correlation", (dead.raw and dead.raw.correlation_id) or dead.id)
    headers |= {"subject": message.subject, "partition-key": message.partition_key}
    if door.partitioned and dead.raw is None and dead.key != message.partition_key:
        raise LookupError(f"It would belong to another lane of {dead.domain}: publish it anew, and drop this one.")
    new = replace(dead, id=str(identity), body=body, headers=headers, key=message.partition_key, reason="edited")
    if why := hopeless(new, door):
        raise LookupError(f"It cannot succeed under any content: {why}.")
    return Edit(dead, new, letters.digest(dead.topic, dead.body).hex(), after.hex(), changed)


def fitting(kind: type[Message], body: str) -> Message:
    """Raises LookupError that names what is wrong with which field, and shows no value."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        said = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'the body'} ({one['type']})" for one in faults[:5])
        raise LookupError(f"The new content does not fit {kind.topic}: {said}. Nothing was changed.") from None


def sealed(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The places of sealed values in a JSON document, with what is there."""
    if isinstance(value, dict) and value.keys() == {"to", "box"}:
        yield path, value
        return
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in pairs:
        yield from sealed(one, f"{path}.{name}" if path else str(name))


def with_fields(dead: Dead, fields: Sequence[str]) -> str:
    """The body with some values replaced: `lines.0.quantity=2`. A value is JSON, or a plain string.

    Raises LookupError for a body that is not JSON and a place that is not in it.
    """
    body = _parsed(dead.body)
    for field in fields:
        path, _, text = field.partition("=")
        *parents, last = path.split(".")
        inner = body
        try:
            for name in parents:
                inner = inner[int(name) if isinstance(inner, list) else name]
            if isinstance(inner, list):
                inner[int(last)] = _value(text)
            elif isinstance(inner, dict):
                inner[last] = _value(text)
            else:
                raise KeyError
        except (KeyError, IndexError, ValueError, TypeError):
            raise LookupError(f"There is no {path} in this letter; `show` has its shape, --body replaces all of it.") from None
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """The places in which two JSON documents differ."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        pairs = [(str(name), before.get(name, ...), after.get(name, ...)) for name in {*before, *after}]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(str(n), one, other) for n, (one, other) in enumerate(zip(before, after, strict=True))]
    else:
        if before != after or type(before) is not type(after):
            yield path or "everything"
        return
    for name, one, other in pairs:
        yield from differences(one, other, f"{path}.{name}" if path else name)


def _parsed(body: str | bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, UnicodeDecodeError):
        return None


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
