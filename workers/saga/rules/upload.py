"""The upload of a media (S2-60 … S2-71): thumbnail, default album, notice.

Without a thumbnail the file is deleted (S2-69), without a place in the album the media is disabled (S2-68); both are new
events, and the saga has failed. Once the media stands in the album there is no way back: a notice that cannot be sent is
asked for again and then left to an operator, for a good upload is not undone because nobody was told of it (S2-71).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from contracts.album import (
    AdditionRefused,
    AddToDefaultAlbum,
    MediaAddedToAlbum,
    MediaRemovedFromAlbum,
    RemoveFromDefaultAlbum,
)
from contracts.media_command import (
    CompensateUpload,
    MediaProcessed,
    MediaProcessingFailed,
    MediaRefused,
    MediaUploadCompensated,
    MediaUploaded,
    ProcessMedia,
)
from contracts.notification import NotificationRefused, NotificationSent, SendNotification
from contracts.saga import StepOverdue, UploadCompleted, UploadFailed, UploadNeedsAttention
from infra.decision import Outcomes
from infra.process import Process, Progress, State, Step, nothing

PROCESS, ALBUM, NOTIFY = "process", "album", "notify"


@dataclass(frozen=True, slots=True)
class Upload(Progress):
    """The newest upload of one media: `upload` is the version of its MediaUploaded."""

    media_id: str
    user_id: str
    upload: int
    filename: str
    address: str
    album_id: str
    started_at: datetime
    updated_at: datetime
    saga: str = ""
    version: int = 1
    state: State = "running"
    backwards: bool = False
    step: str = ""
    waits_for: str = ""
    attempts: int = 0
    asks: int = 0
    deadline: datetime | None = None
    failed: str = ""
    reason: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    sequence: int = 0
    cause: str = ""


def begun(event: MediaUploaded, known: Upload | None, now: datetime) -> Upload:
    """Of a media that is uploaded again the saga begins anew, and goes on counting its questions."""
    fresh = Upload(event.media_id, event.user_id, event.version, event.filename, event.address, "", now, now)
    return replace(fresh, asks=known.asks, sequence=known.sequence) if known else fresh


def process_media(it: Upload) -> ProcessMedia:
    return ProcessMedia(media_id=it.media_id, upload=it.upload, address=it.address)


def compensate(it: Upload) -> CompensateUpload:
    action = "file_deleted" if it.failed == PROCESS else "disabled"
    return CompensateUpload.model_validate(
        {"media_id": it.media_id, "upload": it.upload, "action": action, "reason": it.reason[:64]}
    )


def add_to_album(it: Upload) -> AddToDefaultAlbum:
    return AddToDefaultAlbum(media_id=it.media_id, user_id=it.user_id, upload=it.upload)


def added(it: Upload, answer: MediaAddedToAlbum) -> Upload:
    return it.moved(album_id=answer.album_id)


def remove_from_album(it: Upload) -> RemoveFromDefaultAlbum:
    return RemoveFromDefaultAlbum(media_id=it.media_id, user_id=it.user_id, upload=it.upload)


def notice(it: Upload) -> SendNotification:
    return SendNotification(
        recipient=it.user_id, kind="upload_finished", subject_id=it.media_id, occasion=str(it.upload),
        parameters={"filename": it.filename[:200]},
    )  # fmt: skip


def completed(it: Upload) -> Outcomes:
    yield it
    yield UploadCompleted(media_id=it.media_id, user_id=it.user_id, album_id=it.album_id)


def failed(it: Upload) -> Outcomes:
    """The owner is told, and nobody waits for that."""
    yield it
    yield UploadFailed(media_id=it.media_id, user_id=it.user_id, step=it.failed, reason=it.reason)
    yield SendNotification(
        recipient=it.user_id, kind="upload_failed", subject_id=it.media_id, occasion=str(it.upload),
        parameters={"filename": it.filename[:200], "reason": it.reason},
    )  # fmt: skip


def stuck(it: Upload) -> Outcomes:
    yield it
    yield UploadNeedsAttention(media_id=it.media_id, user_id=it.user_id, step=it.step, reason=it.reason)


def uploading(patience: timedelta) -> Process[Upload]:
    """`patience` is that of each first question; it doubles with each repetition."""
    return Process(
        name="upload",
        steps=(
            Step(
                name="upload", participant="media_command",
                undo=compensate, undone=MediaUploadCompensated, never=MediaRefused,
            ),
            Step(
                name=PROCESS, participant="media_command", within=patience, retries=2,
                do=process_media, done=MediaProcessed, refused=MediaProcessingFailed,
                # What a late thumbnail finds is an upload that was undone: nothing else needs undoing.
                undo=nothing,
            ),
            Step(
                name=ALBUM, participant="album", within=patience, retries=2,
                do=add_to_album, done=MediaAddedToAlbum, learn=added, refused=AdditionRefused,
                undo=remove_from_album, undone=MediaRemovedFromAlbum,
            ),
            Step(
                name=NOTIFY, participant="notification", within=patience,
                do=notice, done=NotificationSent, refused=NotificationRefused,
            ),
        ),
        pivot=NOTIFY,
        overdue=lambda it: StepOverdue(media_id=it.media_id, asks=it.asks),
        completed=completed, compensated=failed, stuck=stuck, resumed=lambda it: it,
    )  # fmt: skip
