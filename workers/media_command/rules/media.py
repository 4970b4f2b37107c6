"""One media as its events tell it (S2-35), and what each command makes of it. Nothing of this is kept: it is folded anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from contracts.media_command import (
    CompensateUpload,
    DeleteMedia,
    MakeThumbnail,
    MediaDeleted,
    MediaKnown,
    MediaProcessed,
    MediaProcessingFailed,
    MediaRefused,
    MediaUploadCompensated,
    MediaUploaded,
    ProcessMedia,
    RecordFault,
    RecordThumbnail,
    RemoveFiles,
    UploadMedia,
)
from contracts.message import Command, Event, Message
from infra.decision import Outcomes, Rows
from infra.histories import Histories, History

Status = Literal["none", "uploaded", "active", "failed", "removed", "disabled", "deleted"]


@dataclass(frozen=True, slots=True)
class Media:
    """`upload` is the version of the newest MediaUploaded; `thumbnail` an address, empty when there is none."""

    version: int = 0
    status: Status = "none"
    upload: int = 0
    user_id: str = ""
    address: str = ""
    thumbnail: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(one for one in (self.address, self.thumbnail) if one)


def after(media: Media, event: Event) -> Media:
    media = replace(media, version=media.version + 1)
    match event:
        case MediaUploaded():
            return replace(
                media, status="uploaded", upload=event.version, user_id=event.user_id, address=event.address, thumbnail=""
            )
        case MediaProcessed():
            return replace(media, status="active", thumbnail=event.thumbnail.address)
        case MediaProcessingFailed():
            return replace(media, status="failed")
        case MediaUploadCompensated():
            return replace(media, status="removed" if event.action == "file_deleted" else "disabled")
        case MediaDeleted():
            return replace(media, status="deleted")
    return media


def upload(command: UploadMedia, media: Media, now: datetime) -> Iterator[Message]:
    """One content of one user is one media. What was refused, disabled or deleted may be uploaded again."""
    if media.status in ("uploaded", "active"):
        yield MediaKnown(media_id=command.media_id, user_id=command.user_id)
    elif media.status == "failed":
        yield MediaRefused(media_id=command.media_id, reason="invalid_state")
    else:
        yield MediaUploaded(**dict(command), version=media.version + 1, uploaded_at=now)


def process(command: ProcessMedia, rows: Rows, now: datetime) -> Outcomes:
    """What becomes of the thumbnail is decided when it is made."""
    yield MakeThumbnail(media_id=command.media_id, upload=command.upload, address=command.address)


def record_thumbnail(command: RecordThumbnail, media: Media, now: datetime) -> Iterator[Message]:
    """Late for an upload that was given up: then nobody needs the thumbnail."""
    if media.status == "uploaded" and media.upload == command.upload:
        yield MediaProcessed(
            media_id=command.media_id, version=media.version + 1, width=command.width, height=command.height,
            thumbnail=command.thumbnail,
        )  # fmt: skip
    elif command.thumbnail.address not in media.files:
        yield RemoveFiles(media_id=command.media_id, addresses=(command.thumbnail.address,))


def record_fault(command: RecordFault, media: Media, now: datetime) -> Iterator[Message]:
    if media.status == "uploaded" and media.upload == command.upload:
        yield MediaProcessingFailed(media_id=command.media_id, version=media.version + 1, reason=command.reason)


def compensate(command: CompensateUpload, media: Media, now: datetime) -> Iterator[Message]:
    """Of another upload, or of one that its owner has deleted meanwhile, there is nothing to undo."""
    if media.upload != command.upload or media.status == "deleted":
        yield MediaRefused(media_id=command.media_id, reason="invalid_state")
    elif media.status not in ("removed", "disabled"):
        yield MediaUploadCompensated(
            media_id=command.media_id, version=media.version + 1, action=command.action, reason=command.reason
        )  # fmt: skip
        if command.action == "file_deleted":
            yield RemoveFiles(media_id=command.media_id, addresses=media.files)


def delete(command: DeleteMedia, media: Media, now: datetime) -> Iterator[Message]:
    """Not while its saga is under way, which would look for it in vain."""
    if media.status == "none" or media.user_id != command.user_id:
        yield MediaRefused(media_id=command.media_id, reason="unknown_media")
    elif media.status in ("uploaded", "failed", "deleted"):
        yield MediaRefused(media_id=command.media_id, reason="invalid_state")
    else:
        yield MediaDeleted(media_id=command.media_id, version=media.version + 1, user_id=media.user_id)
        yield RemoveFiles(media_id=command.media_id, addresses=media.files)


def contended(command: Command) -> Iterator[Message]:
    yield MediaRefused(media_id=command.subject, reason="conflict")


history: History[Media] = History("media", Media(), after, contended)
history.on(UploadMedia, upload)
history.on(RecordThumbnail, record_thumbnail)
history.on(RecordFault, record_fault)
history.on(CompensateUpload, compensate)
history.on(DeleteMedia, delete)

histories = Histories("media_command", history)
