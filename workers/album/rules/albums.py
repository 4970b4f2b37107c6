"""Which album holds which media. A user's default album is made when it is first needed, and once (S2-64, S2-71)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from contracts.album import (
    AdditionRefused,
    AddToDefaultAlbum,
    AlbumCreated,
    MediaAddedToAlbum,
    MediaRemovedFromAlbum,
    RemoveFromDefaultAlbum,
)
from contracts.media_command import MediaDeleted
from infra.decision import Decision, Outcomes, Row, Rows

NAMESPACE = UUID("b3a1d7f0-52c4-5d7e-9a38-6c0d4e8f1b27")
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Album(Row):
    """`media` counts what it holds."""

    album_id: str
    user_id: str
    name: str
    is_default: bool
    created_at: datetime
    media: int = 0
    sequence: int = 0

    @property
    def holds(self) -> bool:
        return self.media >= 0


@dataclass(frozen=True, slots=True)
class Entry(Row):
    """A media in an album, or one that was taken out: then it refuses an addition that belongs to the same upload."""

    entry_id: str
    album_id: str
    media_id: str
    upload: int
    present: bool
    added_at: datetime


def default_album_of(user_id: str) -> str:
    """Always the same: two first uploads at once make one album."""
    return str(uuid5(NAMESPACE, user_id))


def adding(capacity: int) -> Decision[AddToDefaultAlbum]:
    """The rule for albums of at most that many media."""

    def add(command: AddToDefaultAlbum, rows: Rows, now: datetime) -> Outcomes:
        """Added again, it stands there once and it is told again."""
        album_id = default_album_of(command.user_id)
        album, entry = rows.get(Album, album_id), rows.get(Entry, _entry_id(album_id, command.media_id))
        if entry and not entry.present and entry.upload >= command.upload:
            yield _refused(command, "invalid_state")
        elif album and album.media >= capacity and not (entry and entry.present):
            yield _refused(command, "album_full")
        else:
            if album is None:
                album = Album(album_id, command.user_id, DEFAULT, True, now)
                yield AlbumCreated(album_id=album_id, user_id=command.user_id, name=DEFAULT, default=True)
            if not (entry and entry.present):
                album = replace(album, media=album.media + 1)
            yield album
            yield _entry(album_id, command.media_id, command.upload, True, entry.added_at if entry and entry.present else now)
            yield MediaAddedToAlbum(media_id=command.media_id, user_id=command.user_id, album_id=album_id)

    return add


def remove(command: RemoveFromDefaultAlbum, rows: Rows, now: datetime) -> Outcomes:
    """Also before it was added, which is then refused."""
    yield from _take_out(command.user_id, command.media_id, command.upload, rows, now)
    yield _removed(command.user_id, command.media_id)


def forget(event: MediaDeleted, rows: Rows, now: datetime) -> Outcomes:
    """What is deleted stands in no album (S2-88); an addition that comes late is refused."""
    entry = rows.get(Entry, _entry_id(default_album_of(event.user_id), event.media_id))
    yield from _take_out(event.user_id, event.media_id, event.version, rows, now)
    if entry and entry.present:
        yield _removed(event.user_id, event.media_id)


def _take_out(user_id: str, media_id: str, upload: int, rows: Rows, now: datetime) -> Outcomes:
    """Of a later upload it stays."""
    album_id = default_album_of(user_id)
    album, entry = rows.get(Album, album_id), rows.get(Entry, _entry_id(album_id, media_id))
    if entry and entry.upload > upload:
        return
    if album and entry and entry.present:
        yield replace(album, media=album.media - 1)
    yield _entry(album_id, media_id, upload, False, entry.added_at if entry else now)


def _entry_id(album_id: str, media_id: str) -> str:
    return f"{album_id}/{media_id}"


def _entry(album_id: str, media_id: str, upload: int, present: bool, at: datetime) -> Entry:
    return Entry(_entry_id(album_id, media_id), album_id, media_id, upload, present, at)


def _removed(user_id: str, media_id: str) -> MediaRemovedFromAlbum:
    return MediaRemovedFromAlbum(media_id=media_id, user_id=user_id, album_id=default_album_of(user_id))


def _refused(command: AddToDefaultAlbum, reason: str) -> AdditionRefused:
    return AdditionRefused.model_validate({"media_id": command.media_id, "user_id": command.user_id, "reason": reason})
