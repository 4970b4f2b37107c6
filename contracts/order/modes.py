"""The degraded modes of the saga that fulfils an order (S3-90 … S3-94)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.message import Answer, Command, Event, Id, Query

Participant = Literal["inventory", "payment", "shipping"]
Mode = Literal["skip_stock_check", "pay_later", "manual_shipping"]
"""The degraded modes, of inventory, payment and shipping (S3-92, S3-93, S3-94)."""


# What happened


class ModeSet(Event):
    topic, about, aggregate = "order.mode-set.v1", "participant", "breaker"
    participant: str
    mode: Literal["off", "operator", "automatic"]
    open: bool


# What can be asked of order


class SetMode(Command):
    """`off` never degrades, `operator` only when `open` is set here, `automatic` also by the breaker."""

    topic, about = "order.set-mode.v1", "participant"
    succeeds = (ModeSet,)
    participant: Participant
    mode: Literal["off", "operator", "automatic"]
    open: bool = False
    actor: str = Field(default="", max_length=64)


class NoteProbe(Command):
    """An order that took the normal road while a breaker was half open was answered by the participant, or was not."""

    topic, about = "order.note-probe.v1", "participant"
    participant: Participant
    order_id: Id
    answered: bool


# What can be asked about


class ModeAnswer(BaseModel):
    model_config = ConfigDict(frozen=True)

    participant: str
    mode: str
    state: Literal["closed", "open", "half_open"]
    degrades_to: str
    last_beat: datetime | None
    oldest_seconds: float


class ModesAnswer(Answer):
    items: tuple[ModeAnswer, ...]


class GetModes(Query):
    topic, about = "order.get-modes.v1", "scope"
    scope: str = "all"
