"""The published language of saga: the sagas that no domain owns. The first is the upload of a media (S2-10, S2-60 … S2-71)."""

from __future__ import annotations

from typing import Literal

from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.process import Action, SagaList, SagaMending, SagaView

# What happened


class UploadCompleted(Event):
    """The thumbnail is made, the media stands in an album and its owner was told."""

    topic, about, aggregate = "saga.upload-completed.v1", "media_id", "upload"
    media_id: str
    user_id: str
    album_id: str


class UploadFailed(Refusal):
    """`step` is where it failed; what was done before is undone."""

    topic, about, aggregate = "saga.upload-failed.v1", "media_id", "upload"
    media_id: str
    user_id: str
    step: str


class UploadNeedsAttention(Event):
    """Nobody answers and nothing may be undone: an operator decides."""

    topic, about, aggregate = "saga.upload-needs-attention.v1", "media_id", "upload"
    media_id: str
    user_id: str
    step: str
    reason: str


class SagaMended(Event):
    topic, about, aggregate = "saga.saga-mended.v1", "media_id", "upload"
    media_id: str
    action: Action
    step: str


class MendingRefused(Refusal):
    topic, about = "saga.mending-refused.v1", "media_id"
    media_id: str
    reason: Literal["unknown_upload", "invalid_state"]


# What can be asked of saga


class StepOverdue(Command):
    """The one timer of a saga rang; `asks` is the number of the question it belongs to."""

    topic, about = "saga.step-overdue.v1", "media_id"
    media_id: Id
    asks: int


class MendSaga(SagaMending):
    topic, about = "saga.mend-saga.v1", "media_id"
    succeeds, fails = (SagaMended,), (MendingRefused,)
    media_id: Id


# What can be asked about


class SagaAnswer(SagaView):
    media_id: str
    user_id: str


class SagaPage(Answer):
    items: tuple[SagaAnswer, ...]
    next_cursor: str | None


class GetSaga(Query):
    topic, about = "saga.get-saga.v1", "media_id"
    media_id: Id


class ListSagas(SagaList):
    topic, about = "saga.list-sagas.v1", "state"
