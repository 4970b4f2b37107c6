"""Answers queries: many at once, outside the lanes, each within what is left of its deadline."""

from __future__ import annotations

import logging
from datetime import datetime

from faststream.rabbit.message import RabbitMessage
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.message import Query
from infra import metrics
from infra.clock import utcnow
from infra.group import Group
from infra.publisher import Publisher

log = logging.getLogger(__name__)


class Answering:
    """The engine reads in autocommit: one statement is one snapshot, and two round trips are saved."""

    def __init__(self, group: Group, engine: AsyncEngine, publisher: Publisher) -> None:
        self.group, self.engine, self.publisher = group, engine, publisher
        self._kinds: dict[str, type[Query]] = {kind.topic: kind for kind in group.answering}

    async def take(self, message: RabbitMessage) -> None:
        """Never raises: an answer that cannot be given is answered as such, and a late one is not given."""
        raw = message.raw_message
        deadline = raw.headers.get("deadline")
        if not raw.reply_to or (deadline and datetime.fromisoformat(str(deadline)) < utcnow()):
            metrics.queries.labels(self.group.name, "late").inc()
            return
        kind, body = await self._answer(raw.type or "", raw.body)
        metrics.queries.labels(self.group.name, kind).inc()
        try:
            await self.publisher.reply(raw.reply_to, raw.correlation_id or "", body, kind)
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
