"""The published language of media_command: files, their thumbnails and what became of them (S2-6, S2-60 … S2-84).

Its truth are its events in the event store: `version` is the number that the event has there, from 1 without gaps
(S2-39). Whatever belongs to one upload names it by the version of its MediaUploaded: a file that was refused or deleted
may be uploaded again, and what comes late from the time before must not count.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.message import Command, Event, Id, Job, Refusal
from contracts.saga import UploadCompleted, UploadFailed

Address: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}/[0-9a-f]{64}$")]
"""Where bytes lie in blob storage; messages carry nothing else of them."""

ContentType: TypeAlias = Literal["image/jpeg", "image/png"]
Upload: TypeAlias = Annotated[int, Field(ge=1, description="the version of the MediaUploaded that this belongs to")]
Fault: TypeAlias = Literal["corrupt_image", "image_too_large", "image_too_slow", "file_missing"]
"""Why there is no thumbnail: not decodable; more pixels, or more memory or time, than one image may take; no file."""


class Picture(BaseModel):
    """A stored image and its sides in pixels, as it is looked at: upright."""

    model_config = ConfigDict(frozen=True)

    address: Address
    content_type: ContentType
    size: int = Field(ge=1)
    width: int = Field(ge=1)
    height: int = Field(ge=1)


# What happened


class MediaUploaded(Event):
    """S2-32, S2-80. `sha256` is that of the content; the same content of one user is one media."""

    topic, about, aggregate = "media_command.media-uploaded.v1", "media_id", "media"
    media_id: str
    version: int
    user_id: str
    filename: str
    content_type: ContentType
    size: int
    sha256: str
    address: Address
    uploaded_at: datetime


class MediaProcessed(Event):
    """S2-81. `width` and `height` are the image's own, upright."""

    topic, about, aggregate = "media_command.media-processed.v1", "media_id", "media"
    media_id: str
    version: int
    width: int
    height: int
    thumbnail: Picture


class MediaProcessingFailed(Event):
    """S2-82."""

    topic, about, aggregate = "media_command.media-processing-failed.v1", "media_id", "media"
    media_id: str
    version: int
    reason: Fault


class MediaUploadCompensated(Event):
    """S2-68, S2-69, S2-84. After a failed thumbnail the file is deleted; after a failed album the media is disabled."""

    topic, about, aggregate = "media_command.media-upload-compensated.v1", "media_id", "media"
    media_id: str
    version: int
    action: Literal["file_deleted", "disabled"]
    reason: str


class MediaDeleted(Event):
    """S2-83. Its files are deleted after it."""

    topic, about, aggregate = "media_command.media-deleted.v1", "media_id", "media"
    media_id: str
    version: int
    user_id: str


class MediaKnown(Event):
    """The same content was uploaded by the same user before, and stands. Nothing changes."""

    topic, about = "media_command.media-known.v1", "media_id"
    media_id: str
    user_id: str


class MediaRefused(Refusal):
    """`unknown_media`: there is none, or it is somebody else's. `invalid_state`: it is being worked on, or gone already.

    `conflict`: others were quicker, five times over.
    """

    topic, about = "media_command.media-refused.v1", "media_id"
    media_id: str
    reason: Literal["unknown_media", "invalid_state", "conflict"]


# What can be asked of media_command


class UploadMedia(Command):
    """The file is stored already. The upload saga ends the operation; a file that is known ends it at once."""

    topic, about = "media_command.upload-media.v1", "media_id"
    succeeds, fails = (UploadCompleted, MediaKnown), (UploadFailed, MediaRefused)
    media_id: Id
    user_id: Id
    filename: str = Field(min_length=1, max_length=255)
    content_type: ContentType
    size: int = Field(ge=1)
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    address: Address


class ProcessMedia(Command):
    """Make the thumbnail (S2-62). Asked for again, it is made again and told once."""

    topic, about = "media_command.process-media.v1", "media_id"
    succeeds, fails = (MediaProcessed,), (MediaProcessingFailed,)
    media_id: Id
    upload: Upload
    address: Address


class RecordThumbnail(Command):
    """What the job has made."""

    topic, about = "media_command.record-thumbnail.v1", "media_id"
    media_id: Id
    upload: Upload
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    thumbnail: Picture


class RecordFault(Command):
    """Why the job could not make one."""

    topic, about = "media_command.record-fault.v1", "media_id"
    media_id: Id
    upload: Upload
    reason: Fault


class CompensateUpload(Command):
    """Undo an upload by a new event (S2-70), once."""

    topic, about = "media_command.compensate-upload.v1", "media_id"
    succeeds, fails = (MediaUploadCompensated,), (MediaRefused,)
    media_id: Id
    upload: Upload
    action: Literal["file_deleted", "disabled"]
    reason: str = Field(max_length=64)


class DeleteMedia(Command):
    topic, about = "media_command.delete-media.v1", "media_id"
    succeeds, fails = (MediaDeleted,), (MediaRefused,)
    media_id: Id
    user_id: Id = Field(description="who must own it")


# Heavy work


class MakeThumbnail(Job):
    topic, about = "media_command.make-thumbnail.v1", "media_id"
    media_id: Id
    upload: Upload
    address: Address


class RemoveFiles(Job):
    topic, about = "media_command.remove-files.v1", "media_id"
    media_id: Id
    addresses: tuple[Address, ...] = Field(max_length=2)
