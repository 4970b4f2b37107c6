"""One structured line for each call from one service to another: who asks whom, for which user, in which trace (S0-86).

Ids alone, never a body, a name or an address. `user_id` is empty where no user asked, `trace_id` where nobody traces.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Iterable
from functools import lru_cache

import orjson

from contracts.message import Command, domain_of
from infra.envelope import Envelope

log = logging.getLogger("hikyaku.calls")


def note(service: str, topic: str, user_id: str, trace_id: str) -> None:
    """What asks the owner of this topic for something."""
    if log.isEnabledFor(logging.INFO):
        fields = {"service": service, "target": domain_of(topic), "topic": topic, "user_id": user_id, "trace_id": trace_id}
        log.info("Cross-service call", extra={"fields": fields})


def note_sent(service: str, sent: Iterable[Envelope]) -> None:
    """The commands to others among what was sent; an event asks nobody."""
    for one in sent:
        topic = one.message.topic
        if isinstance(one.message, Command) and domain_of(topic) != service:
            note(service, topic, _subject(one.actor), one.traceparent[3:35])


@lru_cache(4096)
def _subject(statement: str) -> str:
    """Who the edge says asked. It was verified when it came in."""
    try:
        claims = statement.split(".")[1]
        return str(orjson.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return ""
