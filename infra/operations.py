"""Who closes an operation: the events that its command declares. Pure; the shell puts the result into the bundle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from contracts.message import Command, Event, Refusal, catalogue
from contracts.operation import Closing, OperationClosed, OperationProgressed, Progress
from infra import ids
from infra.batch import Settled
from infra.envelope import Envelope

MOST = 100
"""Operations in one message, which keeps it far below 64 KiB in all but absurd cases."""


def told(settled: Iterable[Settled], late: Sequence[tuple[Envelope, str]], group: str, now: datetime) -> list[Envelope]:
    """What the edge should hear of this batch; `late` are messages that were parked, with their new status.

    A message that fails again, or succeeds at last, has something new to tell: `now` is part of the ids.
    """
    progress = [
        Progress(
            operation_id=str(one.correlation), what=one.message.topic, subject=one.message.subject, at=now,
            status="suspended" if status == "dead" else "delayed",
        )
        for one, status in late
        if one.operation
    ]  # fmt: skip
    closings: list[Closing] = []
    cause: Envelope | None = late[0][0] if late else None
    for one in settled:
        for sent in one.sent:
            if sent.operation:
                cause = cause or one.envelope
                _tell(sent, now, progress, closings)
    if cause is None:
        return []
    batch, moment = str(cause.id), f"operations {now.isoformat()}"
    messages: list[Event] = [
        OperationProgressed(batch=batch, items=tuple(progress[n : n + MOST])) for n in range(0, len(progress), MOST)
    ]
    # One closing event may carry a large result, so these travel in smaller messages.
    messages += [OperationClosed(batch=batch, items=tuple(closings[n : n + 16])) for n in range(0, len(closings), 16)]
    return [
        Envelope(ids.derived(cause.id, group, moment, message.topic, n), message, UUID(batch), cause.id, group, now)
        for n, message in enumerate(messages)
    ]


def _tell(sent: Envelope, now: datetime, progress: list[Progress], closings: list[Closing]) -> None:
    message = sent.message
    if not isinstance(message, Event):
        return
    kind = catalogue().get(sent.operation)
    if kind is None or not issubclass(kind, Command):
        return
    operation_id = str(sent.correlation)
    succeeded, failed = isinstance(message, kind.succeeds), isinstance(message, kind.fails)
    if succeeded or failed:
        closings.append(
            Closing(
                operation_id=operation_id,
                what=message.topic,
                at=now,
                status="failed" if failed else "succeeded",
                reason=message.reason if isinstance(message, Refusal) else "",
                data=message.model_dump(mode="json"),
            )
        )
    else:
        progress.append(Progress(operation_id=operation_id, what=message.topic, subject=message.subject, at=now))
