"""Albums, as facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.album import (
    AdditionRefused,
    AddToDefaultAlbum,
    AlbumCreated,
    MediaAddedToAlbum,
    MediaRemovedFromAlbum,
    RemoveFromDefaultAlbum,
)
from contracts.media_command import MediaDeleted
from contracts.message import Message
from infra.group import Group
from infra.spec import NOON, Spec
from storage import album as tables
from workers.album.rules import albums
from workers.album.rules.albums import Album, Entry, default_album_of

ALBUM = default_album_of("U")


@pytest.fixture
def group() -> Group:
    """Of albums that hold two."""
    return small()


def small() -> Group:
    found = Group(
        "album", tables={Album: tables.album, Entry: tables.entry}, aggregates={"album": Album}, metadata=tables.metadata
    )
    found.on(AddToDefaultAlbum, albums.adding(2))
    found.on(RemoveFromDefaultAlbum, albums.remove)
    found.on(MediaDeleted, albums.forget)
    return found


def add(media_id: str = "M", upload: int = 1) -> AddToDefaultAlbum:
    return AddToDefaultAlbum(media_id=media_id, user_id="U", upload=upload)


def remove(media_id: str = "M", upload: int = 1) -> RemoveFromDefaultAlbum:
    return RemoveFromDefaultAlbum(media_id=media_id, user_id="U", upload=upload)


def deleted(media_id: str = "M", version: int = 3) -> MediaDeleted:
    return MediaDeleted(media_id=media_id, version=version, user_id="U")


def added(media_id: str = "M") -> MediaAddedToAlbum:
    return MediaAddedToAlbum(media_id=media_id, user_id="U", album_id=ALBUM)


def removed(media_id: str = "M") -> MediaRemovedFromAlbum:
    return MediaRemovedFromAlbum(media_id=media_id, user_id="U", album_id=ALBUM)


CREATED = AlbumCreated(album_id=ALBUM, user_id="U", name="default", default=True)


@pytest.mark.req("S2-64", "S2-65", "S2-85", "S2-87")
def test_the_first_upload_makes_the_default_album_and_the_second_does_not(group: Group) -> None:
    spec = Spec(group).when(add("M")).then(CREATED, added("M"))
    spec.when(add("N"), now=NOON + timedelta(hours=1)).then(added("N")).leaves(Album(ALBUM, "U", "default", True, NOON, 2))


@pytest.mark.req("S2-71")
def test_two_first_uploads_at_once_make_one_album(group: Group) -> None:
    Spec(group).when(add("M"), add("N")).then(CREATED, added("M"), added("N"))


def test_what_is_added_again_stands_there_once(group: Group) -> None:
    Spec(group).when(add()).when(add()).then(added()).leaves(Album(ALBUM, "U", "default", True, NOON, 1))


@pytest.mark.req("S2-68")
def test_a_full_album_refuses_but_not_what_it_holds(group: Group) -> None:
    full = Spec(group).when(add("M")).when(add("N"))
    full.when(add("O")).then(AdditionRefused(media_id="O", user_id="U", reason="album_full"))
    full.when(add("N")).then(added("N"))


@pytest.mark.req("S2-88")
def test_what_is_deleted_stands_in_no_album(group: Group) -> None:
    spec = Spec(group).when(add()).when(deleted()).then(removed()).leaves(Album(ALBUM, "U", "default", True, NOON, 0))
    spec.when(deleted()).then()
    spec.when(add(upload=4)).then(added())


def test_a_removal_that_comes_first_refuses_the_late_addition(group: Group) -> None:
    refused = AdditionRefused(media_id="M", user_id="U", reason="invalid_state")
    Spec(group).when(remove()).then(removed()).when(add()).then(refused).when(add(upload=4)).then(CREATED, added())


def test_a_late_removal_leaves_a_later_upload_alone(group: Group) -> None:
    Spec(group).when(add(upload=4)).when(remove(upload=1)).leaves(Album(ALBUM, "U", "default", True, NOON, 1))


def messages() -> st.SearchStrategy[Message]:
    media = st.sampled_from(["M", "N", "O"])
    number = st.integers(1, 4)
    return st.one_of(st.builds(add, media, number), st.builds(remove, media, number), st.builds(deleted, media, number))


@given(st.lists(st.lists(messages(), max_size=4), max_size=8))
def test_an_album_counts_what_stands_in_it(batches: list[list[Message]]) -> None:
    spec = Spec(small())
    for batch in batches:
        spec.when(*batch)

    def entries() -> Iterator[Entry]:
        return (row for row in spec.rows.values() if isinstance(row, Entry) and row.present)

    album = spec.row(Album, ALBUM)
    assert (album.media if album else 0) == len(list(entries())) <= 2
