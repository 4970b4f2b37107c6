"""Answers queries: many at once, outside the lanes, each within what is left of its deadline."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.message import Query
from infra import metrics
from infra.clock import utcnow
from infra.delivery import Delivery
from infra.group import Group
from infra.publisher import Publisher

log = logging.getLogger(__name__)


MOST = 5_000
"""Questions at once, as many as one asker may have; more are dropped, and who asked hears that nobody answered in time."""


class Answering:
    """The engine reads in autocommit: one statement is one snapshot, and two round trips are saved."""

    def __init__(self, group: Group, engine: AsyncEngine, publisher: Publisher) -> None:
        self.group, self.engine, self.publisher = group, engine, publisher
        self._tasks: set[asyncio.Task[None]] = set()
        self._kinds: dict[str, type[Query]] = {kind.topic: kind for kind in group.answering}

    def feed(self, question: Delivery) -> None:
        """Called in the event loop; never waits."""
        if len(self._tasks) >= MOST:
            metrics.queries.labels(self.group.name, "dropped").inc()
            return
        task = asyncio.create_task(self.take(question))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def take(self, question: Delivery) -> None:
        """Never raises: an answer that cannot be given is answered as such, and a late one is not given."""
        if not question.reply_to or _late(question.headers.get("deadline")):
            metrics.queries.labels(self.group.name, "late").inc()
            return
        kind, body = await self._answer(question.kind, question.body)
        metrics.queries.labels(self.group.name, kind).inc()
        try:
            await self.publisher.reply(question.reply_to, question.correlation, body, kind)
        except Exception as error:
            log.warning("%s: an answer was not sent: %s", self.group.name, type(error).__name__)

    async def _answer(self, topic: str, body: bytes) -> tuple[str, bytes]:
        kind = self._kinds.get(topic)
        if kind is None:
            return "refused", b""
        try:
            query = kind.model_validate_json(body)
            async with self.engine.connect() as connection:
                answer = await self.group.answering[kind](query, connection)
        except ValidationError:
            return "refused", b""
        except (DBAPIError, PoolTimeout, OSError, TimeoutError) as error:
            log.warning("%s: %s was not answered: %s", self.group.name, topic, type(error).__name__)
            return "failed", b""
        except Exception:
            log.exception("%s: %s was not answered", self.group.name, topic)
            return "failed", b""
        return ("absent", b"") if answer is None else ("answer", answer.model_dump_json().encode())


def _late(deadline: object) -> bool:
    """A deadline that cannot be read is none."""
    try:
        return bool(deadline) and datetime.fromisoformat(str(deadline)) < utcnow()
    except (ValueError, TypeError):
        return False
