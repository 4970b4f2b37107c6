"""What is left after a schedule against what was asked, by the checkers of the chaos suite (letters of reliability.md 1.3).

Besides theirs: O order, K locks, R recovery, X what must never happen in any process.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, TypeVar

from contracts.message import Message
from contracts.record import MessagesSent
from tests.chaos import checkers
from tests.simulation import words as w
from tests.simulation.plan import far
from tests.simulation.world import ITEMS, World

ENDS = ("completed", "compensated")

M = TypeVar("M", bound=Message)


def check(world: World, *, numbered_in_order: bool) -> dict[str, list[str]]:
    """By letter, contradictions only. A queue that refuses letters may get later ones first: their numbers say so."""
    found = {
        "L": [*_orders(world), *_effects(world), *_told(world), *_dead(world)],
        "D": _doubles(world),
        "M": _money(world),
        "S": _stock(world),
        "G": checkers.terminated({key: row["state"] for key, row in _rows(world, "stall", "purchase").items()}, ENDS),
        "E": _streams(world, in_order=numbered_in_order),
        "O": _order(world),
        "K": [f"{name}: {one.deadlocks} deadlocks" for name, one in world.servers.items() if one.deadlocks],
        "X": [*world.strange, *world.broker.complaints, *(text for one in world.servers.values() for text in one.strangers)],
    }
    return {letter: faults for letter, faults in found.items() if faults}


def _rows(world: World, domain: str, table: str) -> dict[Any, Any]:
    return world.servers[domain].tables.rows[table]


def _asked(world: World, kind: type[M]) -> list[M]:
    return [message for _, message in world.asked if isinstance(message, kind)]


def _poison(one: Message) -> bool:
    return isinstance(one, w.Fatal) or (isinstance(one, w.Deposit) and (one.amount >= w.LARGEST or one.until == far()))


def _ended(world: World, how: str) -> list[str]:
    return [key for key, row in _rows(world, "stall", "purchase").items() if row["state"] == how]


def _orders(world: World) -> list[str]:
    """Whatever was accepted has ended, and two groups noted the end."""
    accepted = [one.order for one in _asked(world, w.Place)]
    ended = [*_ended(world, "completed"), *_ended(world, "compensated")]
    faults = checkers.set_full(accepted, [], ended)
    notes = [f"{order} {who}" for order in ended for who in ("shelf", "purse")]
    return faults + checkers.set_full(notes, [], _rows(world, "witness", "noted"))


def _effects(world: World) -> list[str]:
    """Each deposit and each saving is booked exactly once, whatever else happened."""
    wanted = [f"deposit {one.number}" for one in _asked(world, w.Deposit) if not _poison(one)]
    wanted += [f"saving {one.saving}" for one in _asked(world, w.Save)]
    booked = [row["why"] for row in _rows(world, "purse", "entry").values()]
    return checkers.total_queue(Counter(wanted), Counter(one for one in booked if one.startswith(("deposit", "saving"))))


def _told(world: World) -> list[str]:
    """The chronicle was told exactly once of each message that left."""
    left = [str(row["letter"][0]) for domain in world.servers for row in _rows(world, domain, "outbox").values()
            if row["letter"][2] != MessagesSent.topic]  # fmt: skip
    known = {key: row["times"] for key, row in _rows(world, "chronicle", "known").items() if row["kind"] != "timer"}
    return checkers.total_queue(Counter(left), known)


def _dead(world: World) -> list[str]:
    """Dead letters are what can never be done, and nothing else."""
    poison = [str(identity) for identity, message in world.asked if _poison(message)]
    parked = [str(key) for domain in world.servers for key in _rows(world, domain, "parked")]
    lost = [
        f"{identity} is with the broker's dead letters of {domain}: {reason}" for domain, reason, identity in world.broker.buried
    ]
    return checkers.set_full(poison, [], parked) + lost


def _doubles(world: World) -> list[str]:
    noted = [key for key, row in _rows(world, "witness", "noted").items() for _ in range(row["times"])]
    return checkers.unique_ids(noted) + checkers.unique_ids(row["why"] for row in _rows(world, "purse", "entry").values())


def _money(world: World) -> list[str]:
    entries: Counter[str] = Counter()
    for row in _rows(world, "purse", "entry").values():
        entries[row["wallet"]] += row["amount"]
    balances = {key: row["balance"] for key, row in _rows(world, "purse", "wallet").items()}
    completed = set(_ended(world, "completed"))
    total = sum(one.amount for one in _asked(world, w.Deposit) if not _poison(one))
    total += sum(one.amount for one in _asked(world, w.Save))
    total -= sum(one.price for one in _asked(world, w.Place) if one.order in completed)
    return checkers.bank(balances, entries, total)


def _stock(world: World) -> list[str]:
    moved: Counter[str] = Counter()
    completed = set(_ended(world, "completed"))
    for one in _asked(world, w.Place):
        if one.order in completed:
            moved.subtract(one.items)
    left = {key: (row["on_hand"], row["reserved"]) for key, row in _rows(world, "shelf", "stock").items()}
    return checkers.stock(ITEMS, moved, left)


def _streams(world: World, *, in_order: bool) -> list[str]:
    """The numbers that the owners gave, and as they reached somebody who hears all of them."""
    given: dict[str, list[int]] = defaultdict(list)
    for domain in world.servers:
        for row in _rows(world, domain, "outbox").values():
            headers = row["letter"][3]
            if "sequence" in headers:
                given[f"{headers['aggregatetype']} {headers['subject']}"].append(headers["sequence"])
    heard = {key: row["seen"] for key, row in _rows(world, "witness", "stream").items()}
    heard = {key: seen if in_order else sorted(seen) for key, seen in heard.items()}
    faults = [f"given: {one}" for one in checkers.gapless({key: sorted(numbers) for key, numbers in given.items()})]
    faults += [f"heard: {one}" for one in checkers.gapless(heard)]
    short = [f"{key}: {len(numbers)} given, {len(heard.get(key, ()))} heard" for key, numbers in given.items()
             if len(numbers) != len(heard.get(key, ()))]  # fmt: skip
    return faults + short


def _order(world: World) -> list[str]:
    """An ordered group settles the messages of a key in the order in which they came, also when one has to wait."""
    booked: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in _rows(world, "purse", "entry").values():
        if row["why"].startswith("deposit"):
            booked[row["wallet"]].append((row["place"], int(row["why"].split()[1])))
    numbers = {wallet: [number for _, number in sorted(entries)] for wallet, entries in booked.items()}
    return [f"{wallet} was paid in the order {found}" for wallet, found in numbers.items() if found != sorted(found)]
