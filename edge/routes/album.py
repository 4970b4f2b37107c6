"""Albums and what stands in them (S2-8)."""

from __future__ import annotations

from contracts.album import AlbumMediaPage, AlbumPage, ListAlbumMedia, ListAlbums
from edge.calls import Call
from edge.endpoints import Routes
from edge.owned import owned
from edge.paging import Page

routes = Routes("albums")


@routes.get("/v1/users/{user_id}/albums", AlbumPage, query=Page)
async def browse(call: Call[None]) -> bytes:
    """The albums of a user; the default one is made with his first upload."""
    user_id = call.id("user_id")
    call.principal.must_see(user_id)
    wish = call.query or Page()
    return await call.ask(ListAlbums(user_id=user_id, cursor=wish.cursor, limit=wish.limit))


@routes.get("/v1/albums/{album_id}/media", AlbumMediaPage, query=Page)
async def media(call: Call[None]) -> bytes:
    """What stands in an album, newest first."""
    wish = call.query or Page()
    answer = await call.ask(ListAlbumMedia(album_id=call.id("album_id"), cursor=wish.cursor, limit=wish.limit))
    return owned(answer, call.principal, "user_id")
