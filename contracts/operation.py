"""How a request fares, told by the kernel of whichever domain works on it; the edge listens and nobody else."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.message import Event


class Progress(BaseModel):
    """One thing that happened on the way. `delayed` is parked for a retry, `suspended` needs an operator."""

    model_config = ConfigDict(frozen=True)

    operation_id: str
    what: str = Field(description="topic of the event or of the message that is late")
    subject: str
    at: datetime
    status: Literal["pending", "delayed", "suspended"] = "pending"


class Closing(BaseModel):
    """The outcome. `data` is the closing event."""

    model_config = ConfigDict(frozen=True)

    operation_id: str
    what: str
    at: datetime
    status: Literal["succeeded", "failed"]
    reason: str = ""
    data: dict[str, Any]


class OperationProgressed(Event):
    """At most 256 operations of one committed batch."""

    topic = "operation.progressed.v1"
    about = "batch"
    kept = "nothing"
    patience = 0.1
    batch: str
    items: tuple[Progress, ...] = Field(max_length=256)


class OperationClosed(Event):
    """At most 256 operations of one committed batch."""

    topic = "operation.closed.v1"
    about = "batch"
    kept = "nothing"
    batch: str
    items: tuple[Closing, ...] = Field(max_length=256)
