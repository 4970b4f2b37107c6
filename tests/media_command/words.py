"""Words of the media facts."""

from __future__ import annotations

from typing import Any

from contracts.media_command import (
    CompensateUpload,
    DeleteMedia,
    MediaProcessed,
    MediaProcessingFailed,
    MediaUploadCompensated,
    MediaUploaded,
    Picture,
    RecordFault,
    RecordThumbnail,
    UploadMedia,
)
from infra.spec import NOON

ADDRESS, THUMBNAIL = f"{'a' * 16}/{'1' * 64}", f"{'a' * 16}/{'2' * 64}"
UPLOAD = UploadMedia(
    media_id="media-001", user_id="user-001", filename="photo.jpg", content_type="image/jpeg", size=1048576,
    sha256="1" * 64, address=ADDRESS,
)  # fmt: skip
PICTURE = Picture(address=THUMBNAIL, content_type="image/jpeg", size=9000, width=320, height=200)


def uploaded(version: int = 1) -> MediaUploaded:
    return MediaUploaded(**dict(UPLOAD), version=version, uploaded_at=NOON)


def processed(version: int = 2) -> MediaProcessed:
    return MediaProcessed(media_id="media-001", version=version, width=640, height=400, thumbnail=PICTURE)


def failed(version: int = 2) -> MediaProcessingFailed:
    return MediaProcessingFailed(media_id="media-001", version=version, reason="corrupt_image")


def compensated(version: int = 3, action: Any = "file_deleted") -> MediaUploadCompensated:
    return MediaUploadCompensated(media_id="media-001", version=version, action=action, reason="corrupt_image")


def thumbnail(upload: int = 1) -> RecordThumbnail:
    return RecordThumbnail(media_id="media-001", upload=upload, width=640, height=400, thumbnail=PICTURE)


def fault(upload: int = 1) -> RecordFault:
    return RecordFault(media_id="media-001", upload=upload, reason="corrupt_image")


def compensate(upload: int = 1, action: Any = "file_deleted") -> CompensateUpload:
    return CompensateUpload(media_id="media-001", upload=upload, action=action, reason="corrupt_image")


def delete(user_id: str = "user-001") -> DeleteMedia:
    return DeleteMedia(media_id="media-001", user_id=user_id)
