"""The upload saga, as a conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

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
    Picture,
    ProcessMedia,
)
from contracts.message import Event, Message
from contracts.notification import NotificationSent, SendNotification
from contracts.saga import MendSaga, SagaMended, StepOverdue, UploadCompleted, UploadFailed, UploadNeedsAttention
from infra.decision import After
from infra.spec import NOON, Spec
from workers.saga import group
from workers.saga.rules.upload import Upload

ADDRESS = f"{'a' * 16}/{'1' * 64}"
PICTURE = Picture(address=f"{'a' * 16}/{'2' * 64}", content_type="image/jpeg", size=9, width=3, height=2)
PROCESSED = MediaProcessed(media_id="M", version=2, width=6, height=4, thumbnail=PICTURE)
FAILED = MediaProcessingFailed(media_id="M", version=2, reason="corrupt_image")
ADDED = MediaAddedToAlbum(media_id="M", user_id="U", album_id="A")
FULL = AdditionRefused(media_id="M", user_id="U", reason="album_full")
SENT = NotificationSent(notification_id="N", recipient="U", kind="upload_finished", subject_id="M")
PROCESS = ProcessMedia(media_id="M", upload=1, address=ADDRESS)
ADD = AddToDefaultAlbum(media_id="M", user_id="U", upload=1)
REMOVE = RemoveFromDefaultAlbum(media_id="M", user_id="U", upload=1)
NOTICE = SendNotification(
    recipient="U", kind="upload_finished", subject_id="M", occasion="1", parameters={"filename": "cat.jpg"}
)  # fmt: skip


def uploaded(version: int = 1) -> MediaUploaded:
    return MediaUploaded(
        media_id="M", version=version, user_id="U", filename="cat.jpg", content_type="image/jpeg", size=5, sha256="1" * 64,
        address=ADDRESS, uploaded_at=NOON,
    )  # fmt: skip


def undo(action: Any, reason: str) -> CompensateUpload:
    return CompensateUpload(media_id="M", upload=1, action=action, reason=reason)


def undone(action: Any, reason: str) -> MediaUploadCompensated:
    return MediaUploadCompensated(media_id="M", version=3, action=action, reason=reason)


def sorry(reason: str) -> SendNotification:
    return SendNotification(
        recipient="U", kind="upload_failed", subject_id="M", occasion="1", parameters={"filename": "cat.jpg", "reason": reason}
    )  # fmt: skip


def after(*answers: Event) -> Spec:
    spec = Spec(group).when(uploaded())
    for answer in answers:
        spec.when(answer)
    return spec


def said(spec: Spec) -> list[Message]:
    """Without timers."""
    return [one for one in spec.sent if not isinstance(one, After)]


def silence(spec: Spec) -> Spec:
    """The saga's timer rings."""
    saga = spec.row(Upload, "M")
    assert saga and saga.deadline
    return spec.when(StepOverdue(media_id="M", asks=saga.asks), now=saga.deadline)


@pytest.mark.req("S2-62", "S2-64", "S2-66", "S2-67")
def test_thumbnail_album_notice() -> None:
    spec = after()
    assert said(spec) == [PROCESS]
    assert said(spec.when(PROCESSED)) == [ADD]
    assert said(spec.when(ADDED)) == [NOTICE]
    assert said(spec.when(SENT)) == [UploadCompleted(media_id="M", user_id="U", album_id="A")]


@pytest.mark.req("S2-69", "S2-70")
def test_without_a_thumbnail_the_file_is_deleted_and_the_owner_told() -> None:
    spec = after(FAILED)
    assert said(spec) == [undo("file_deleted", "corrupt_image")]
    told = UploadFailed(media_id="M", user_id="U", step="process", reason="corrupt_image")
    assert said(spec.when(undone("file_deleted", "corrupt_image"))) == [told, sorry("corrupt_image")]
    saga = spec.row(Upload, "M")
    assert saga and saga.state == "compensated"


@pytest.mark.req("S2-68", "S2-70")
def test_without_a_place_in_the_album_the_media_is_disabled() -> None:
    spec = after(PROCESSED, FULL)
    assert said(spec) == [undo("disabled", "album_full")]
    told = UploadFailed(media_id="M", user_id="U", step="album", reason="album_full")
    assert said(spec.when(undone("disabled", "album_full"))) == [told, sorry("album_full")]


@pytest.mark.req("S2-71")
def test_silence_at_the_thumbnail_is_asked_thrice_and_then_undone() -> None:
    spec = after()
    assert said(silence(spec)) == [PROCESS] and said(silence(spec)) == [PROCESS]
    assert said(silence(spec)) == [undo("file_deleted", "process_timeout")]


@pytest.mark.req("S2-71")
def test_silence_of_the_album_takes_out_what_may_have_been_added() -> None:
    spec = after(PROCESSED)
    assert said(silence(spec)) == [ADD] and said(silence(spec)) == [ADD]
    assert said(silence(spec)) == [REMOVE]
    removed = MediaRemovedFromAlbum(media_id="M", user_id="U", album_id="A")
    assert said(spec.when(removed)) == [undo("disabled", "album_timeout")]


@pytest.mark.req("S2-71")
def test_a_notice_that_cannot_be_sent_undoes_nothing() -> None:
    spec = after(PROCESSED, ADDED)
    for _ in range(5):
        assert said(silence(spec)) == [NOTICE]
    needs = UploadNeedsAttention(media_id="M", user_id="U", step="notify", reason="notify_timeout")
    assert said(silence(spec)) == [needs]

    skipped = spec.when(MendSaga(media_id="M", action="skip", reason="told him by phone", actor="ops"))
    assert said(skipped) == [
        SagaMended(media_id="M", action="skip", step="notify"),
        UploadCompleted(media_id="M", user_id="U", album_id="A"),
    ]


def test_what_follows_an_operators_word_belongs_to_who_uploaded() -> None:
    spec = after(PROCESSED, ADDED)
    began = spec.row(Upload, "M")
    for _ in range(6):
        spec = silence(spec)
    spec.when(MendSaga(media_id="M", action="skip", reason="told him by phone", actor="ops"))
    mended, completed = spec.envelopes
    assert began and began.cause and completed.cause == began.cause
    assert mended.cause.endswith("saga.mend-saga.v1")


def test_a_media_that_its_owner_deleted_meanwhile_ends_the_undoing() -> None:
    spec = after(PROCESSED, FULL, MediaRefused(media_id="M", reason="invalid_state"))
    saga = spec.row(Upload, "M")
    assert saga and saga.state == "compensated"


def test_the_same_media_uploaded_again_begins_anew() -> None:
    spec = after(FAILED, undone("file_deleted", "corrupt_image"))
    assert said(spec.when(uploaded())) == []
    assert said(spec.when(uploaded(4))) == [ProcessMedia(media_id="M", upload=4, address=ADDRESS)]


def test_late_and_repeated_answers_change_nothing() -> None:
    spec = after(PROCESSED)
    assert said(spec.when(PROCESSED, FAILED, now=NOON + timedelta(seconds=1))) == []
