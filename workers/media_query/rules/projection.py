"""From events to what is shown (S2-52). Nothing here asks for the time: made again, the view is the same to the byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from contracts.media_command import (
    MediaDeleted,
    MediaProcessed,
    MediaProcessingFailed,
    MediaUploadCompensated,
    MediaUploaded,
)
from contracts.media_query import MediaStatus
from infra.decision import Decision, Gone, Outcomes, Row, Rows, newer


@dataclass(frozen=True, slots=True)
class Media(Row):
    """One line of the view (S2-50). `version` is that of the newest event in it; older ones change nothing."""

    media_id: str
    user_id: str
    filename: str
    status: MediaStatus
    reason: str
    content_type: str
    size: int
    width: int
    height: int
    address: str
    thumb_url: str
    thumb_address: str
    thumb_type: str
    thumb_size: int
    uploaded_at: datetime
    version: int


def uploaded(event: MediaUploaded, rows: Rows, now: datetime) -> Outcomes:
    """Also of a media that failed before and is tried again."""
    known = rows.get(Media, event.media_id)
    if newer(known, event):
        yield Media(
            event.media_id, event.user_id, event.filename, "processing", "", event.content_type, event.size, 0, 0,
            event.address, "", "", "", 0, event.uploaded_at, event.version,
        )  # fmt: skip


Changing: TypeAlias = Callable[[Media, Any], Media]


def changing(change: Changing) -> Decision[Any]:
    """The rule that changes a line which is there and older than the event."""

    def project(event: Any, rows: Rows, now: datetime) -> Outcomes:
        known = rows.get(Media, event.media_id)
        if known and newer(known, event):
            yield replace(change(known, event), version=event.version)

    return project


def processed(media: Media, event: MediaProcessed) -> Media:
    thumbnail = event.thumbnail
    return replace(
        media, status="active", width=event.width, height=event.height, thumb_url=f"/v1/media/{media.media_id}/thumbnail",
        thumb_address=thumbnail.address, thumb_type=thumbnail.content_type, thumb_size=thumbnail.size,
    )  # fmt: skip


def failed(media: Media, event: MediaProcessingFailed) -> Media:
    return replace(media, status="failed", reason=event.reason)


def compensated(media: Media, event: MediaUploadCompensated) -> Media:
    if event.action == "disabled":
        return replace(media, status="disabled", reason=event.reason)
    return replace(
        media, status="failed", reason=event.reason, address="", thumb_url="", thumb_address="", thumb_type="", thumb_size=0
    )


def deleted(event: MediaDeleted, rows: Rows, now: datetime) -> Outcomes:
    """It leaves the view (S2-51)."""
    known = rows.get(Media, event.media_id)
    if known and newer(known, event):
        yield Gone(Media, event.media_id)
