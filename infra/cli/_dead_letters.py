"""What `hikyaku dead-letters replay` and `edit` do and say."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.console import audit, runs
from infra.console.dead import MOST, Dead, Snapshot, snapshot
from infra.console.edit import edited, with_fields
from infra.console.place import Place, here
from infra.console.replay import WELL, Replay, Replayed
from infra.console.replay_plan import chosen, stages
from infra.resend import Door

PULSE = 2.0
"""Seconds between two words about a stage that takes long."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asked for, as typed."""

    identities: Sequence[str]
    domain: str | None
    topic: str | None
    reason: str | None
    limit: int
    step: int
    rate: float
    patience: float
    force: bool
    overtake: bool
    resume: str
    dry_run: bool

    def words(self) -> dict[str, object]:
        """For the record of the run."""
        return {"domain": self.domain, "topic": self.topic, "ids": list(self.identities), "resumes": self.resume}


async def replayed(wish: Wish) -> int:
    place = here()
    home = place.settings.folder
    before = runs.resumed(home, wish.resume) if wish.resume else None
    domains = sorted({domain for domain, _ in before.taken}) if before else place.chosen(wish.domain)
    async with snapshot(place, domains, _warn, most=max(wish.limit, MOST)) as found:
        wanted, left = chosen(found, _asked(wish, found, before), place, overtake=wish.overtake)
        for one, why in left:
            _warn(f"{one.id} is left alone: {why}.")
        wanted = wanted[: wish.limit]
        sizes = ", ".join(str(len(one)) for one in stages(wanted, wish.step)) or "0"
        if wish.dry_run or not wanted:
            print(f"{len(wanted)} would be sent, in stages of {sizes}.")
            return 0
        run = before or runs.begin(home, wanted, wish.words())
        audit.note(home, "dead-letters replay", "", run=run.name, letters=len(wanted), overtake=wish.overtake, force=wish.force)
        print(f"Replay {run.name}: {len(wanted)} letters, in stages of {sizes}.", flush=True)
        return await _run(wish, place, found, wanted, run)


def _asked(wish: Wish, found: Snapshot, before: runs.Run | None) -> list[Dead]:
    if before is not None:
        rest = before.rest(found.letters)
        gone = len(before.taken - before.settled) - len({one.name for one in rest})
        print(f"Of {len(before.taken)} letters {len(before.settled)} had settled"
              + (f", {gone} more are not dead any more" if gone else "") + f"; {len(rest)} remain.")  # fmt: skip
        return rest
    if wish.identities:
        return found.named(wish.identities)
    return [one for one in found.of(wish.domain, wish.topic, wish.reason) if one.status == "dead"]


async def _run(wish: Wish, place: Place, found: Snapshot, wanted: Sequence[Dead], run: runs.Run) -> int:
    """Says at its end, however it ends, what became of them and how to go on."""
    fates: Counter[str] = Counter()
    begin = time.monotonic()

    def told(sent: int) -> None:
        nonlocal begin
        if time.monotonic() - begin > PULSE:
            begin = time.monotonic()
            print(f"sent {sent:>4}   of {len(wanted)}", flush=True)

    async with Replay(place, found, rate=wish.rate, patience=wish.patience, told=told) as replay:
        try:
            async for stage in replay.run(wanted, step=wish.step, force=wish.force):
                run.note(stage)
                fates.update(one.fate for one in stage)
                _say(stage, fates, replay.sent, len(wanted))
        finally:
            well = sum(fates[one] for one in WELL)
            if well < len(wanted):
                _warn_of_rest(fates, replay.sent, len(wanted), run)
    return 1 if well < len(wanted) else 0


def _warn_of_rest(fates: Counter[str], sent: int, total: int, run: runs.Run) -> None:
    on_the_way = sent - sum(fates.values()) + fates["held back"]
    parts = [f"{count} {fate}" for fate, count in fates.items()]
    parts += [f"{on_the_way} on the way, which settle or die by themselves"] if on_the_way else []
    parts += [f"{total - sent} not sent"] if total > sent else []
    _warn(f"{', '.join(parts)}. `hikyaku dead-letters show ID` says why one failed. When its cause is mended:\n"
          f"  hikyaku dead-letters replay --resume {run.name}")  # fmt: skip


def _say(stage: Sequence[Replayed], fates: Counter[str], sent: int, total: int) -> None:
    print(f"sent {sent:>4}   settled {fates['settled']} of {total}", flush=True)
    for one in stage:
        if one.fate != "settled":
            _warn(f"{one.dead.id} {one.dead.topic} of {one.dead.domain}: {one.fate}.")


async def changed(identity: str, fields: Sequence[str], body: str, reason: str, patience: float, dry_run: bool) -> int:
    place = here()
    async with snapshot(place, place.domains, _warn) as found:
        dead, *more = found.named([identity])
        if more:
            raise LookupError(f"{identity} died in several places: drop or replay it there, or give the whole id of another.")
        text = _given(body) if body else with_fields(dead, fields)
        edit = edited(dead, text, Door(place.topology, dead.domain))
        print(f"{dead.topic} of {dead.domain}: {', '.join(edit.changed)} changed.\n"
              f"old  {edit.old.id}  {edit.before}\nnew  {edit.new.id}  {edit.after}", flush=True)  # fmt: skip
        if dry_run:
            return 0
        audit.note(
            place.settings.folder, "dead-letters edit", reason, id=edit.old.id, new_id=edit.new.id, domain=dead.domain,
            topic=dead.topic, before=edit.before, after=edit.after, changed=edit.changed,
        )  # fmt: skip
        async with Replay(place, found, patience=patience) as replay:
            fate = (await replay.edited(edit)).fate
    print(f"{edit.new.id}: {fate}.")
    return 0 if fate == "settled" else 1


def _given(body: str) -> str:
    """Raises LookupError for a file that cannot be read."""
    try:
        return sys.stdin.read() if body == "-" else Path(body).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise LookupError(f"{body} cannot be read: {error}") from None


def _warn(sentence: str) -> None:
    print(sentence, file=sys.stderr)
