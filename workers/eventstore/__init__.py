"""Keeps what happened: every event of every domain, in one order, for good. Never knows what any of it means."""

from __future__ import annotations

from contracts.eventstore import AppendEvents, FindOperations, GetTimeline, ReadStream, ReplayEvents
from contracts.record import MessagesSent
from infra.group import Group
from storage import eventstore as tables
from workers.eventstore import queries
from workers.eventstore.rules import appending, recording, replaying, state

group = Group(
    "eventstore",
    tables={
        state.Append: tables.append,
        state.Stream: tables.stream,
        state.Log: tables.log,
        state.Entry: tables.event,
        state.Trace: tables.trace,
    },
    lookups={state.Known: tables.known, state.Newer: tables.newer, state.Following: tables.following},
    metadata=tables.metadata,
)

group.on(MessagesSent, recording.record)
group.on(AppendEvents, appending.append)
group.on(ReplayEvents, replaying.replay)

group.answers(ReadStream, queries.stream)
group.answers(GetTimeline, queries.timeline)
group.answers(FindOperations, queries.traced)
