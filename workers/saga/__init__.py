"""Hosts the sagas that no domain owns (S2-10). Never does a step itself: it asks, and waits."""

from __future__ import annotations

from datetime import timedelta

from contracts.album import AddToDefaultAlbum, RemoveFromDefaultAlbum
from contracts.media_command import CompensateUpload, MediaUploaded, ProcessMedia
from contracts.notification import SendNotification
from contracts.saga import GetSaga, ListSagas, MendSaga, StepOverdue
from infra.group import Group
from storage import saga as tables
from workers.saga import queries
from workers.saga.rules.requests import Rules
from workers.saga.rules.upload import Upload, uploading
from workers.saga.settings import SagaSettings

group = Group(
    "saga",
    tables={Upload: tables.upload},
    aggregates={"upload": Upload},
    sends=(ProcessMedia, CompensateUpload, AddToDefaultAlbum, RemoveFromDefaultAlbum, SendNotification),
    metadata=tables.metadata,
)

_rules = Rules(uploading(timedelta(seconds=SagaSettings().patience)))
group.on(MediaUploaded, _rules.begin)
for answer in _rules.sagas.answers:
    group.on(answer, _rules.answered)
group.on(StepOverdue, _rules.overdue)
group.on(MendSaga, _rules.mend)

group.answers(GetSaga, queries.saga)
group.answers(ListSagas, queries.all_sagas)
