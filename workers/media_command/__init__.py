"""Owns media by their events and keeps no state of its own. Never knows in which albums they stand, or who is told."""

from __future__ import annotations

from contracts.eventstore import AppendEvents
from contracts.media_command import MakeThumbnail, ProcessMedia, RemoveFiles
from infra.blobs import LocalBlobs
from infra.group import Group
from infra.settings import settings
from storage import media_command as tables
from workers.media_command import jobs
from workers.media_command.rules import media

group = Group("media_command", tables={}, sends=(AppendEvents,), metadata=tables.metadata)

media.histories.wire(group)
group.on(ProcessMedia, media.process)

_blobs = LocalBlobs(settings().blob_folder)
group.does(MakeThumbnail, jobs.thumbnails(_blobs))
group.does(RemoveFiles, jobs.removing(_blobs))
