"""Owns what is shown of media: a projection of their events, and nothing that could not be made again from them."""

from __future__ import annotations

from contracts.media_command import (
    MediaDeleted,
    MediaProcessed,
    MediaProcessingFailed,
    MediaUploadCompensated,
    MediaUploaded,
)
from contracts.media_query import GetMedia, GetMediaFiles, ListMedia
from infra.group import Group
from infra.settings import lanes_of
from storage import media_query as tables
from workers.media_query import queries
from workers.media_query.rules import projection

group = Group(
    "media_query",
    tables={projection.Media: tables.media},
    partitions=lanes_of("media_query"),
    ordered=True,
    metadata=tables.metadata,
)

group.on(MediaUploaded, projection.uploaded)
group.on(MediaProcessed, projection.changing(projection.processed))
group.on(MediaProcessingFailed, projection.changing(projection.failed))
group.on(MediaUploadCompensated, projection.changing(projection.compensated))
group.on(MediaDeleted, projection.deleted)

group.answers(GetMedia, queries.one)
group.answers(GetMediaFiles, queries.files)
group.answers(ListMedia, queries.page)
