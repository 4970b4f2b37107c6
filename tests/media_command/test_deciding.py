"""What a media's events and a command lead to. Nothing but the events is remembered."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from contracts.media_command import MakeThumbnail, MediaDeleted, MediaKnown, MediaRefused, ProcessMedia, RemoveFiles
from contracts.message import Command, Event, Message
from infra.spec import NOON, Spec
from storage.media_command import metadata
from tests.media_command.words import (
    ADDRESS,
    PICTURE,
    THUMBNAIL,
    UPLOAD,
    compensate,
    compensated,
    delete,
    failed,
    fault,
    processed,
    thumbnail,
    uploaded,
)
from workers.media_command import group
from workers.media_command.rules.media import Media, after, history

FILES = RemoveFiles(media_id="media-001", addresses=(ADDRESS,))
BOTH = RemoveFiles(media_id="media-001", addresses=(ADDRESS, THUMBNAIL))
KNOWN = MediaKnown(media_id="media-001", user_id="user-001")
DELETED = MediaDeleted(media_id="media-001", version=3, user_id="user-001")


def after_all(events: Iterable[Event]) -> Media:
    media = Media()
    for event in events:
        media = after(media, event)
    return media


def refused(reason: str) -> MediaRefused:
    return MediaRefused.model_validate({"media_id": "media-001", "reason": reason})


@pytest.mark.req("S2-4", "S2-20")
def test_it_keeps_no_tables() -> None:
    assert not group.stores and not metadata.tables


@pytest.mark.req("S2-32", "S2-80")
def test_an_upload_is_told_with_what_the_seed_names() -> None:
    told = uploaded().model_dump()
    named = {"user_id": "user-001", "filename": "photo.jpg", "content_type": "image/jpeg", "size": 1048576}
    assert {name: told[name] for name in named} == named


@pytest.mark.req("S2-35", "S2-61", "S2-63", "S2-70", "S2-80", "S2-81", "S2-82", "S2-83", "S2-84")
@pytest.mark.parametrize(
    ("before", "command", "said"),
    [
        pytest.param([], UPLOAD, [uploaded()], id="a new media"),
        pytest.param([uploaded()], UPLOAD, [KNOWN], id="again while it is under way"),
        pytest.param([uploaded(), failed()], UPLOAD, [refused("invalid_state")], id="again while it is undone"),
        pytest.param([uploaded(), failed(), compensated()], UPLOAD, [uploaded(4)], id="again after it failed"),
        pytest.param([uploaded(), processed(), DELETED], UPLOAD, [uploaded(4)], id="again after it was deleted"),
        pytest.param([uploaded()], thumbnail(), [processed()], id="a thumbnail"),
        pytest.param([uploaded(), processed()], thumbnail(), [], id="the same thumbnail again"),
        pytest.param(
            [uploaded(), failed(), compensated(), uploaded(4)], thumbnail(upload=1),
            [RemoveFiles(media_id="media-001", addresses=(THUMBNAIL,))], id="a thumbnail of an upload before",
        ),
        pytest.param([uploaded()], fault(), [failed()], id="no thumbnail"),
        pytest.param([uploaded(), processed()], fault(), [], id="a fault that comes late"),
        pytest.param([uploaded(), failed()], compensate(), [compensated(), FILES], id="the file is deleted"),
        pytest.param(
            [uploaded(), processed()], compensate(action="disabled"), [compensated(action="disabled")], id="the media is disabled"
        ),
        pytest.param([uploaded(), failed(), compensated()], compensate(), [], id="undone once"),
        pytest.param([uploaded(), processed(), DELETED], compensate(), [refused("invalid_state")], id="deleted meanwhile"),
        pytest.param([], compensate(), [refused("invalid_state")], id="never uploaded"),
        pytest.param([uploaded(), processed()], delete(), [DELETED, BOTH], id="deleted with its files"),
        pytest.param([uploaded()], delete(), [refused("invalid_state")], id="not while it is under way"),
        pytest.param([uploaded(), processed()], delete("user-002"), [refused("unknown_media")], id="not by a stranger"),
        pytest.param([], delete(), [refused("unknown_media")], id="not what never was"),
    ],
)  # fmt: skip
def test_what_follows(before: list[Event], command: Command, said: list[Message]) -> None:
    assert list(history.decisions[type(command)](command, after_all(before), NOON)) == said


def test_the_thumbnail_is_a_job() -> None:
    asked = ProcessMedia(media_id="media-001", upload=1, address=ADDRESS)
    Spec(group).when(asked).then(MakeThumbnail(media_id="media-001", upload=1, address=ADDRESS))


@pytest.mark.req("S2-39")
def test_versions_go_up_by_one() -> None:
    events = [uploaded(1), failed(2), compensated(3), uploaded(4), processed(5)]
    media = after_all(events)
    assert (media.version, media.upload, media.files) == (5, 4, (ADDRESS, PICTURE.address))
