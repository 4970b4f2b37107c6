"""How a process writes its log: a line of text for people, and a JSON object where a record brings fields of its own."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import orjson


class Lines(logging.Formatter):
    """A record with `extra={"fields": {...}}` is one JSON object, which a collector reads without patterns."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None)
        if fields is None:
            return super().format(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"at": at, "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        return orjson.dumps(head | fields).decode()


def begin(level: str) -> None:
    """For the whole process, on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[handler])
    # Its line for each request repeats what its caller counts.
    logging.getLogger("httpx").setLevel(logging.WARNING)
