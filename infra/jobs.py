"""Heavy or blocking work, done by dramatiq workers in processes that may die without hurting a lane.

A job is enqueued through its owner's outbox. What its handler returns is stored in the owner's outbox together with
the job's id, so a job that is done twice speaks once.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import orjson
import sqlalchemy as sa

from contracts.message import Message, domain_of
from infra.letter import Letter

Progressing: TypeAlias = Callable[[Sequence[Message]], Awaitable[None]]
"""Sends what is known so far; a job that runs again sends it again under the same ids."""

Reading: TypeAlias = Callable[[sa.Select[Any], dict[str, Any]], Awaitable[Sequence[sa.Row[Any]]]]
"""The rows that a statement with these parameters finds in the domain's own database; one statement is one snapshot."""


def queue_of(topic: str) -> str:
    return f"{domain_of(topic)}.jobs"


def encode(letter: Letter) -> bytes:
    """The letter as dramatiq reads it: the actor is the topic, its one argument the letter."""
    return orjson.dumps(
        {
            "queue_name": queue_of(letter.topic),
            "actor_name": letter.topic,
            "args": [],
            "kwargs": {"identity": str(letter.id), "headers": letter.headers, "body": letter.body},
            "options": {},
            "message_id": str(letter.id),
            "message_timestamp": int(time.time() * 1000),
        }
    )


def decode(kwargs: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
    return str(kwargs["identity"]), dict(kwargs["headers"]), str(kwargs["body"])
