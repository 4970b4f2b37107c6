"""The words that every host of sagas shares: what a saga looks like from outside, and what an operator may say to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from contracts.message import Answer, Command, Query

SagaState: TypeAlias = Literal["running", "completed", "compensating", "compensated", "stuck"]
StepStatus: TypeAlias = Literal["waiting", "running", "done", "failed", "compensated", "skipped"]
Action: TypeAlias = Literal["retry", "compensate", "skip"]


class SagaStep(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    status: StepStatus
    at: datetime | None
    reason: str = ""


class SagaView(Answer):
    """A host adds the ids that its sagas are known by."""

    state: SagaState
    version: int
    step: str
    attempts: int
    deadline: datetime | None
    reason: str
    steps: tuple[SagaStep, ...]
    history: tuple[dict[str, Any], ...]


class SagaList(Query):
    """Newest first; the cursor is the one that the page before named."""

    state: str = Field(default="", max_length=16)
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)


class SagaMending(Command):
    """An operator's word; who and why is kept in the saga's history."""

    action: Action
    reason: str = Field(default="", max_length=200)
    actor: str = Field(default="", max_length=64)
