"""The view of media, made from events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.media_command import (
    MediaDeleted,
    MediaProcessed,
    MediaProcessingFailed,
    MediaUploadCompensated,
    MediaUploaded,
    Picture,
)
from contracts.message import Event
from infra.spec import NOON, Spec
from workers.media_query import group
from workers.media_query.rules.projection import Media

ADDRESS, THUMBNAIL = f"{'a' * 16}/{'1' * 64}", f"{'a' * 16}/{'2' * 64}"
PICTURE = Picture(address=THUMBNAIL, content_type="image/png", size=900, width=320, height=200)


def uploaded(version: int = 1) -> MediaUploaded:
    return MediaUploaded(
        media_id="M", version=version, user_id="U", filename="cat.jpg", content_type="image/jpeg", size=5, sha256="1" * 64,
        address=ADDRESS, uploaded_at=NOON,
    )  # fmt: skip


def event(kind: str, version: int) -> Event:
    match kind:
        case "uploaded":
            return uploaded(version)
        case "processed":
            return MediaProcessed(media_id="M", version=version, width=640, height=400, thumbnail=PICTURE)
        case "failed":
            return MediaProcessingFailed(media_id="M", version=version, reason="corrupt_image")
        case "disabled" | "file_deleted":
            return MediaUploadCompensated.model_validate(
                {"media_id": "M", "version": version, "action": kind, "reason": "album_full"}
            )
    return MediaDeleted(media_id="M", version=version, user_id="U")


KINDS = ("uploaded", "processed", "failed", "disabled", "file_deleted", "deleted")
SHOWN = Media("M", "U", "cat.jpg", "processing", "", "image/jpeg", 5, 0, 0, ADDRESS, "", "", "", 0, NOON, 1)
ACTIVE = replace(
    SHOWN, status="active", width=640, height=400, thumb_url="/v1/media/M/thumbnail", thumb_address=THUMBNAIL,
    thumb_type="image/png", thumb_size=900, version=2,
)  # fmt: skip


@pytest.mark.req("S2-50", "S2-52", "S2-53", "S2-56")
def test_an_upload_becomes_visible_and_gets_its_thumbnail() -> None:
    Spec(group).when(uploaded()).leaves(SHOWN).when(event("processed", 2)).leaves(ACTIVE)


def test_a_failed_upload_says_why_and_has_no_file() -> None:
    found = Spec(group, SHOWN).when(event("failed", 2)).when(event("file_deleted", 3)).row(Media, "M")
    assert found == replace(SHOWN, status="failed", reason="album_full", address="", version=3)


def test_a_disabled_media_keeps_its_thumbnail() -> None:
    Spec(group, ACTIVE).when(event("disabled", 3)).leaves(replace(ACTIVE, status="disabled", reason="album_full", version=3))


@pytest.mark.req("S2-51")
def test_a_deleted_media_leaves_the_view() -> None:
    assert Spec(group, ACTIVE).when(event("deleted", 3)).row(Media, "M") is None


@pytest.mark.req("S2-54", "S2-55")
@given(st.lists(st.sampled_from(KINDS), max_size=8), st.lists(st.integers(0, 7), max_size=10))
def test_the_same_events_make_the_same_view_whatever_comes_twice_and_whenever(kinds: list[str], again: list[int]) -> None:
    """Once as told; once more later, with old events in between."""
    events = [event("uploaded", 1), *(event(kind, version) for version, kind in enumerate(kinds, 2))]
    first, second = Spec(group), Spec(group)
    for one in events:
        first.when(one)
    for number, one in enumerate(events):
        second.when(one, now=NOON + timedelta(days=3))
        for old in again:
            # What was deleted has no line that could remember a version; the inbox keeps such repetitions out.
            if old < number and second.row(Media, "M") is not None:
                second.when(events[old])
    assert first.row(Media, "M") == second.row(Media, "M")
