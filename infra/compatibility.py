"""Whether a new schema of a message still understands what the old one allowed (architecture.md section 2). Pure.

Old messages lie in queues, outboxes, timers, parking places and dead letters for days, so a version may only grow: a
new field has a default, a new word joins an enumeration, a bound becomes wider. Everything else is a new `.vN`.

| change | verdict |
| --- | --- |
| a field with a default is added | compatible |
| a required field is added, or a field becomes required | incompatible: what is on its way has none |
| a field is removed or renamed | incompatible |
| a field changes its type, or no longer takes null | incompatible |
| an enumeration gains a word, a bound or length widens | compatible |
| an enumeration loses a word, a bound or length narrows, a pattern changes | incompatible |
| the message disappears | incompatible |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EXACT = ("pattern", "format", "multipleOf", "uniqueItems")
REFERENCE = "#/$defs/"


def breaks(old: Schema, new: Schema | None) -> list[str]:
    """Each incompatible change as a sentence with the field's path; an empty list means compatible.

    Both are JSON Schemas of one message, as `docs/schemas` keeps them; None means that the message is gone.
    """
    if new is None:
        return ["the message was removed"]
    moved = [] if old.get("x-exchange") == new.get("x-exchange") else ["the message travels by another exchange"]
    return moved + list(_Comparison(old, new).node(old, new, "", ()))


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old.get("$defs", {}), new.get("$defs", {})

    def node(self, old: Schema, new: Schema, path: str, above: tuple[str, ...]) -> Iterator[str]:
        name = old.get("$ref", "")
        if name and name in above:
            return  # A schema that contains itself was compared where it began.
        old, new, above = _resolved(old, self._old), _resolved(new, self._new), (*above, name)
        if "anyOf" in old or "anyOf" in new:
            yield from self._choice(old, new, path, above)
            return
        yield from _values(old, new, path)
        yield from _bounds(old, new, path)
        yield from self._fields(old, new, path, above)
        for part in ("items", "additionalProperties"):
            yield from self._inner(old.get(part), new.get(part), f"{path}[]", above)
        was, now = old.get("prefixItems", ()), new.get("prefixItems", ())
        if len(was) != len(now):
            yield f"{_at(path)} has another number of places"
        for place, (one, other) in enumerate(zip(was, now, strict=False)):
            yield from self.node(one, other, f"{path}[{place}]", above)

    def _fields(self, old: Schema, new: Schema, path: str, above: tuple[str, ...]) -> Iterator[str]:
        was, now = old.get("properties", {}), new.get("properties", {})
        for field in was:
            if field in now:
                yield from self.node(was[field], now[field], f"{path}.{field}", above)
            else:
                yield f"{_at(f'{path}.{field}')} was removed"
        for field in new.get("required", ()):
            if field not in was:
                yield f"{_at(f'{path}.{field}')} was added without a default"
            elif field not in old.get("required", ()):
                yield f"{_at(f'{path}.{field}')} became required"

    def _inner(self, old: Any, new: Any, path: str, above: tuple[str, ...]) -> Iterator[str]:
        """Of arrays and maps. No schema, or true, allows everything; false allows nothing."""
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self.node(old, new, path, above)
        elif new is False and old is not False:
            yield f"{_at(path.removesuffix('[]'))} no longer takes unknown fields"
        elif isinstance(new, Mapping) and old is not False:
            yield f"{_at(path)} became narrower"

    def _choice(self, old: Schema, new: Schema, path: str, above: tuple[str, ...]) -> Iterator[str]:
        """Every alternative that there was must fit one that there is."""
        now = [dict(one) for one in new.get("anyOf", (new,))]
        for one in old.get("anyOf", (old,)):
            answers = [list(self.node(one, other, path, above)) for other in now]
            if all(answers):
                # The nearest relative tells best what is wrong.
                yield from min(answers, key=len)


def _resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    found = schema
    while "$ref" in found:
        found = definitions[found["$ref"].removeprefix(REFERENCE)]
    return found


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    was, now = _enumerated(old), _enumerated(new)
    if old.get("type") != new.get("type") and "type" in new and not (new["type"] == "number" and old.get("type") == "integer"):
        yield f"{_at(path)} was {old.get('type', 'anything')} and is {new['type']}"
    elif now is not None and was is None:
        yield f"{_at(path)} became an enumeration"
    elif now is not None and was is not None and (lost := [word for word in was if word not in now]):
        yield f"{_at(path)} no longer takes {', '.join(map(repr, lost))}"


def _enumerated(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    found: list[Any] | None = schema.get("enum")
    return found


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for words, sign in ((LOWER, 1), (UPPER, -1)):
        for word in words:
            was, now = old.get(word), new.get(word)
            if now is not None and (was is None or (now - was) * sign > 0):
                yield f"{_at(path)}: {word} went from {'none' if was is None else was} to {now}"
    for word in EXACT:
        if word in new and new[word] != old.get(word):
            yield f"{_at(path)}: {word} went from {old.get(word, 'none')} to {new[word]}"


def _at(path: str) -> str:
    return path.removeprefix(".") or "the message"
