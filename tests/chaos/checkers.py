"""Checkers of what went in against what came out: small ports of Jepsen's set-full, total-queue, bank and unique-ids.

Each is a pure function and answers every contradiction it finds, as text; none is good. Letters are those of
reliability.md 1.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K")


def set_full(accepted: Iterable[str], unknown: Iterable[str], found: Iterable[str]) -> list[str]:
    """L: whatever was accepted is there in the end; whatever is there was asked for. What is unknown may be either."""
    wanted, perhaps, there = set(accepted), set(unknown), set(found)
    lost = [f"{one} was accepted and is lost" for one in sorted(wanted - there)]
    return lost + [f"{one} is there and nobody asked for it" for one in sorted(there - wanted - perhaps)]


def total_queue(enqueued: Mapping[str, int], dequeued: Mapping[str, int]) -> list[str]:
    """L and D: what goes in must come out, exactly as often, once the queue was drained."""
    names = sorted({*enqueued, *dequeued})
    return [
        f"{name} went in {enqueued.get(name, 0)} times and came out {dequeued.get(name, 0)} times"
        for name in names
        if enqueued.get(name, 0) != dequeued.get(name, 0)
    ]


def unique_ids(ids: Iterable[str]) -> list[str]:
    """D: one effect has one id, and one id one effect."""
    return [f"{one} happened {times} times" for one, times in sorted(Counter(ids).items()) if times > 1]


def bank(balances: Mapping[str, int], entries: Mapping[str, int], total: int = 0) -> list[str]:
    """M: every balance is the sum of its entries and none is negative; all entries together are `total`."""
    faults = [f"{name} has {balance}, its entries sum to {entries.get(name, 0)}" for name, balance in sorted(balances.items())
              if balance != entries.get(name, 0)]  # fmt: skip
    faults += [f"{name} has {balance}, less than nothing" for name, balance in sorted(balances.items()) if balance < 0]
    if (found := sum(entries.values())) != total:
        faults.append(f"all entries sum to {found}, not {total}")
    return faults


def stock(initial: Mapping[str, int], moved: Mapping[str, int], left: Mapping[str, tuple[int, int]]) -> list[str]:
    """S: what is on hand is what was there and what moved; nothing is reserved any more and nothing is negative."""
    faults = []
    for sku, (on_hand, reserved) in sorted(left.items()):
        expected = initial.get(sku, 0) + moved.get(sku, 0)
        if on_hand != expected:
            faults.append(f"{sku}: {on_hand} on hand, {expected} by what was asked")
        if reserved or on_hand < 0:
            faults.append(f"{sku}: {on_hand} on hand, {reserved} reserved after everything ended")
    return faults


def terminated(states: Mapping[str, str], ends: Sequence[str]) -> list[str]:
    """G: once healed and drained, every saga has ended."""
    return [f"{name} is {state}" for name, state in sorted(states.items()) if state not in ends]


def gapless(streams: Mapping[K, Sequence[int]]) -> list[str]:
    """E: the versions of each stream are 1 … n, each once, in the order in which they were read."""
    return [
        f"{stream} has versions {_short(versions)}"
        for stream, versions in streams.items()
        if list(versions) != list(range(1, len(versions) + 1))
    ]


def _short(versions: Sequence[int]) -> str:
    return ", ".join(map(str, versions[:20])) + (" …" if len(versions) > 20 else "")
