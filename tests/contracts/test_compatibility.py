"""A version of a message may only grow: examples of each change, and the schemas of this tree against earlier ones."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field

from contracts.message import Command, Event
from infra.compatibility import breaks
from infra.documents import ROOT
from infra.documents.schemas import schema_of

Count = Annotated[int, Field(ge=1, le=10)]


class Part(BaseModel):
    sku: str
    grams: int = 0


class Send(Command):
    topic: ClassVar[str] = "toy.send.v1"
    about: ClassVar[str] = "parcel"
    parcel: str
    count: Count
    speed: Literal["slow", "fast"] = "slow"
    note: str | None = None
    parts: tuple[Part, ...] = ()


OLD = schema_of(Send)


def after(**changes: Any) -> dict[str, Any]:
    """The same command with fields that are new, other or, where None, gone."""
    names = {name: (info.annotation, info) for name, info in Send.model_fields.items()} | changes
    space: dict[str, Any] = {"__annotations__": {}, "__module__": __name__, "topic": "toy.send.v1", "about": "parcel"}
    for name, field in names.items():
        if field is not None:
            space["__annotations__"][name], default = field
            if default is not ...:
                space[name] = default
    return schema_of(type("Sent", (Command,), space))


def test_the_same_again_is_compatible() -> None:
    assert breaks(OLD, after()) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": (str, "red")},
        {"speed": (Literal["slow", "fast", "instant"], "slow")},
        {"count": (Annotated[int, Field(ge=0, le=100)], ...)},
        {"count": (Annotated[int, Field(ge=1)], ...)},
        {"count": (Count, 1)},
        {"count": (Count | None, ...)},
        {"note": (str | int | None, None)},
    ],
    ids=["new field with default", "new word", "wider", "no bound", "no longer required", "null too", "one more type"],
)
def test_growing_is_compatible(changes: dict[str, Any]) -> None:
    assert breaks(OLD, after(**changes)) == []


class Heavy(BaseModel):
    sku: str
    grams: float


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"note": None}, "note was removed"),
        ({"note": None, "remark": (str | None, None)}, "note was removed"),
        ({"colour": (str, ...)}, "colour was added without a default"),
        ({"note": (str | None, ...)}, "note became required"),
        ({"note": (str, "")}, "note was null and is string"),
        ({"count": (Annotated[str, Field(min_length=1)], ...)}, "count was integer and is string"),
        ({"count": (Annotated[int, Field(ge=2, le=10)], ...)}, "count: minimum went from 1 to 2"),
        ({"count": (Annotated[int, Field(ge=1, le=9)], ...)}, "count: maximum went from 10 to 9"),
        ({"speed": (Literal["slow"], "slow")}, "speed no longer takes 'fast'"),
        ({"parcel": (Literal["P-1"], ...)}, "parcel became an enumeration"),
        ({"parcel": (Annotated[str, Field(pattern="^P")], ...)}, "parcel: pattern went from none to ^P"),
        ({"parcel": (Annotated[str, Field(max_length=8)], ...)}, "parcel: maxLength went from none to 8"),
        ({"parts": (tuple[Heavy, ...], ())}, "parts[].grams became required"),
        ({"parts": (tuple[str, ...], ())}, "parts[] was object and is string"),
    ],
)
def test_what_old_messages_would_not_survive_is_named(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in breaks(OLD, after(**changes))


def test_a_message_that_is_gone_is_incompatible() -> None:
    assert breaks(OLD, None) == ["the message was removed"]


def test_unknown_fields_that_were_welcome_stay_welcome() -> None:
    told = {"type": "object", "properties": {}}
    assert breaks(told, {**told, "additionalProperties": False}) == ["the message no longer takes unknown fields"]
    assert breaks({**told, "additionalProperties": False}, told) == []


def test_an_event_does_not_become_a_command() -> None:
    class Sent(Event):
        topic: ClassVar[str] = "toy.sent.v1"
        about: ClassVar[str] = "parcel"
        parcel: str

    told = schema_of(Sent)
    assert breaks(told, {**told, "x-exchange": "commands"}) == ["the message travels by another exchange"]


def test_a_schema_that_contains_itself_comes_to_an_end() -> None:
    tree = {"$ref": "#/$defs/Tree", "$defs": {"Tree": {"type": "object", "properties": {"in": {"$ref": "#/$defs/Tree"}}}}}
    assert breaks(tree, tree) == []


def git(*arguments: str) -> str:
    """Empty where git or the object is missing, as in an unpacked release."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def earlier() -> list[str]:
    """The last commit, the last release, and what HIKYAKU_BASE names, where a branch is checked before it is merged."""
    released = git("describe", "--tags", "--abbrev=0", "--match", "v*").strip()
    return [one for one in ("HEAD", released, os.environ.get("HIKYAKU_BASE", "")) if one]


@pytest.mark.parametrize("revision", earlier())
def test_the_messages_of_this_tree_understand_those_of(revision: str) -> None:
    names = git("ls-tree", "--name-only", revision, "docs/schemas/").split()
    archive = {name: git("show", f"{revision}:{name}") for name in names}
    broken = {Path(name).stem: found for name, text in archive.items() if (found := breaks(json.loads(text), _now(name)))}
    assert broken == {}


def _now(name: str) -> dict[str, Any] | None:
    path = ROOT / name
    return json.loads(path.read_text()) if path.exists() else None
