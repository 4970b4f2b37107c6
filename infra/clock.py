"""The one place where the kernel's shell asks what time it is; rules get the time as an argument."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    return datetime.now(UTC)
