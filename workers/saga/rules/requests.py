"""What begins a saga, what moves it, and what an operator may ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.media_command import MediaUploaded
from contracts.message import Event
from contracts.saga import MendingRefused, MendSaga, SagaMended, StepOverdue
from infra.decision import Outcomes, Rows
from infra.process import Process, Sagas
from workers.saga.rules.upload import Upload, begun


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules around one definition of the upload saga."""

    process: Process[Upload]

    @property
    def sagas(self) -> Sagas[Upload]:
        return Sagas(Upload, [self.process])

    def begin(self, event: MediaUploaded, rows: Rows, now: datetime) -> Outcomes:
        """A new upload of a media takes the place of the one before, however that stands."""
        known = rows.get(Upload, event.media_id)
        if known is None or known.upload < event.version:
            yield from self.process.start(begun(event, known, now), rows, now)

    def answered(self, answer: Event, rows: Rows, now: datetime) -> Outcomes:
        yield from self.sagas.answer(answer, rows, now)

    def overdue(self, timer: StepOverdue, rows: Rows, now: datetime) -> Outcomes:
        yield from self.sagas.silence(timer.media_id, timer.asks, rows, now)

    def mend(self, command: MendSaga, rows: Rows, now: datetime) -> Outcomes:
        """An operator's word, kept with name and reason in the saga's history."""
        saga = rows.get(Upload, command.media_id)
        if saga is None:
            yield MendingRefused(media_id=command.media_id, reason="unknown_upload")
        elif not self.sagas.may(command.action, saga):
            yield MendingRefused(media_id=command.media_id, reason="invalid_state")
        else:
            yield SagaMended(media_id=saga.media_id, action=command.action, step=saga.step)
            note = f"{command.actor or 'operator'}: {command.reason}"
            yield from self.sagas.mend(command.action, saga, note, rows, now)
