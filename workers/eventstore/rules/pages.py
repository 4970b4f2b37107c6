"""Pages that fit into a message."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from contracts.eventstore import PAGE_BYTES, StoredEvent


def page(stored: Iterable[dict[str, Any]]) -> tuple[StoredEvent, ...]:
    """The first of them, at least one, as many as go into 64 KiB."""
    found: list[StoredEvent] = []
    size = 0
    for one in stored:
        size += len(json.dumps(one, ensure_ascii=False).encode())
        if found and size > PAGE_BYTES:
            break
        found.append(StoredEvent.model_validate(one))
    return tuple(found)
