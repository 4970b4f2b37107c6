"""What every message is: a frozen fact with a topic and the one thing it is about."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, StringConstraints

Id: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$")]
"""A business id, opaque to everyone but its owner; seed-shaped ones such as `CUST-001` are welcome (X-12)."""


Kept: TypeAlias = Literal["whole", "trace", "nothing"]

LARGEST = 64 * 1024
"""Bytes of a body; larger payloads are references."""


class Message(BaseModel):
    """Base of commands, events and queries.

    `topic` is `<domain>.<what>.v<n>`: routing key, AMQP type and CloudEvents type. `about` names the field that
    holds the aggregate's id; `key` the field that holds the partition key, where it is not the same. `kept` says what
    the event store learns of it: all, only that it was sent, or nothing. `largest` bounds its body in bytes. `patience`
    is how many seconds it may wait for company when a lane has nothing more urgent to do. `span` names its handling in
    a trace where the topic's own `<domain>-<what>` will not do (S3-85).
    """

    model_config = ConfigDict(frozen=True)

    topic: ClassVar[str]
    about: ClassVar[str]
    key: ClassVar[str] = ""
    kept: ClassVar[Kept] = "trace"
    largest: ClassVar[int] = LARGEST
    patience: ClassVar[float] = 0.0
    span: ClassVar[str] = ""

    @property
    def subject(self) -> str:
        """The aggregate this message is about; half of a timer's name."""
        return str(getattr(self, self.about))

    @property
    def partition_key(self) -> str:
        """Messages of one key meet in one lane; an empty key falls back to the subject."""
        return str(getattr(self, self.key) or self.subject) if self.key else self.subject


class Event(Message):
    """Says what happened. Unknown fields come from a newer sender and are ignored.

    `aggregate` names the kind of thing whose history this event belongs to; the owner numbers such events.
    """

    aggregate: ClassVar[str] = ""
    kept: ClassVar[Kept] = "whole"


class Refusal(Event):
    """A "no" that somebody waits for. It changes nothing, so it belongs to no history."""

    reason: str


class Command(Message):
    """Asks the one owner to do something. Unknown fields are a mistake of the sender.

    `succeeds` and `fails` are the events that close the operation which began with this command.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    succeeds: ClassVar[tuple[type[Event], ...]] = ()
    fails: ClassVar[tuple[type[Event], ...]] = ()


class Job(Message):
    """Heavy or blocking work of a domain, done outside its lane by a job worker; done at least once, effective once.

    Its handler answers with messages that are stored in the owner's outbox together with the job's id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class Query(Message):
    """Asks for a read model and is answered; nothing of it is stored.

    A `slow` one looks at many rows (audits, reports): it has a queue of its own, so that no other question waits for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slow: ClassVar[bool] = False


class Answer(BaseModel):
    """What a query gets back."""

    model_config = ConfigDict(frozen=True)


def domain_of(topic: str) -> str:
    """`inventory.reserve-stock.v1` belongs to `inventory`."""
    return topic.partition(".")[0]


@cache
def catalogue() -> dict[str, type[Message]]:
    """Every message type of this package by topic. Raises TypeError when two share one."""
    package = importlib.import_module("contracts")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"contracts.{module.name}")
    found: dict[str, type[Message]] = {}
    pending: list[type[Message]] = [Message]
    while pending:
        for kind in pending.pop().__subclasses__():
            pending.append(kind)
            published = "topic" in vars(kind) and kind.__module__.startswith("contracts.")
            if published and found.setdefault(kind.topic, kind) is not kind:
                raise TypeError(f"{kind.topic} names both {found[kind.topic].__name__} and {kind.__name__}")
    return found
