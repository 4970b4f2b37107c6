"""Which dead letters a replay sends, in which order, and how many at a time.

Of one key a later letter goes only after the earlier ones have succeeded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from contracts.message import catalogue
from infra import ids
from infra import letter as letters
from infra.clock import utcnow
from infra.console.dead import Dead, Snapshot
from infra.console.place import Place
from infra.errors import InvalidMessage
from infra.resend import Door
from infra.settings import settings

STAGES = (1, 2, 5, 20, 50, 200)
"""How many go at once: each stage only when all before have succeeded; the last size repeats."""

CONFLICT = "conflicting-duplicate"
"""Such a letter is no earlier word of its key: it is a mistake of its sender."""


def stages(found: Sequence[Dead], step: int = 0) -> Iterator[Sequence[Dead]]:
    """By growing sizes, or `step` at a time."""
    done = number = 0
    while done < len(found):
        size = step or STAGES[min(number, len(STAGES) - 1)]
        yield found[done : done + size]
        done, number = done + size, number + 1


def waves(stage: Sequence[Dead]) -> list[list[Dead]]:
    """What may be on its way at the same time: of each line one letter in each wave, in order."""
    found: list[list[Dead]] = []
    before: dict[object, int] = {}
    for one in stage:
        number = before[one.line] = before.get(one.line, -1) + 1
        if number == len(found):
            found.append([])
        found[number].append(one)
    return found


def hopeless(dead: Dead, door: Door) -> str:
    """Why a replay cannot succeed; empty when it may."""
    if dead.status != "dead":
        return "it is tried again by itself" + (f" at {dead.due:%H:%M:%S} UTC" if dead.due else "")
    if dead.reason == CONFLICT:
        return "its id was settled with another content"
    if not door.takes(dead.topic):
        return f"{dead.domain} takes no {dead.topic}"
    try:
        identity = UUID(dead.id)
        ids.check_window(identity, utcnow(), timedelta(days=settings().retention_days))
        headers = dict(dead.headers) | ({"correlation": dead.raw.correlation_id} if dead.raw else {})
        letters.read(identity, catalogue()[dead.topic], headers, dead.body)
    except InvalidMessage as error:
        return str(error)
    except ValueError:
        return "it has no id"
    except KeyError:
        return ""
    return ""


def chosen(
    snapshot: Snapshot, wanted: Sequence[Dead], place: Place, *, overtake: bool = False
) -> tuple[list[Dead], list[tuple[Dead, str]]]:
    """Those of `wanted` that may be sent, oldest first, and the others with the reason.

    One that would overtake an earlier letter of its key, which stays, stays too, unless `overtake` says otherwise.
    """
    doors = {domain: Door(place.topology, domain) for domain in {one.domain for one in snapshot.letters}}
    asked = {id(one) for one in wanted}
    go: list[Dead] = []
    left: list[tuple[Dead, str]] = []
    ahead: dict[object, str] = {}
    for one in sorted(snapshot.letters, key=lambda letter: letter.since):
        if id(one) in asked:
            why = hopeless(one, doors[one.domain])
            if not why and one.line in ahead and not overtake:
                why = f"{ahead[one.line]} of its key is earlier and not among them; --overtake sends it all the same"
            if not why:
                go.append(one)
                continue
            left.append((one, why))
        if one.reason != CONFLICT:
            ahead.setdefault(one.line, one.id)
    return go, left
