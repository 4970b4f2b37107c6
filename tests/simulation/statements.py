"""Every statement of the kernel, done on the simulated tables. The kernel's own text is the name by which it is known.

What is new in the kernel is a stranger here until somebody says what it does, and a schedule that meets it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from infra import inbox, outbox, ownership, parked, timers
from infra.database import Json
from infra.group import Group
from infra.store import Store
from tests.simulation.clock import BEGAN
from tests.simulation.postgres import Found, Statement
from tests.simulation.tables import Fields, Transaction

LEASE = 10.0


def seconds(at: datetime) -> float:
    return (at - BEGAN).total_seconds()


def _insert(t: Transaction, table: str, key: Any, row: Fields) -> None:
    if not t.insert(table, key, row):
        raise asyncpg.UniqueViolationError(f"duplicate key in {table}")


def _update(t: Transaction, table: str, keys: Sequence[Any], test: Callable[[Fields], bool], **values: Any) -> list[Any]:
    changed = list(t.locked_rows(table, keys, test))
    for key, row in changed:
        t.put(table, key, {**row, **values})
    return [key for key, _ in changed]


def _delete(t: Transaction, table: str, keys: Sequence[Any], test: Callable[[Fields], bool] = bool) -> list[Any]:
    gone = [key for key, _ in t.locked_rows(table, keys, test)]
    for key in gone:
        t.put(table, key, None)
    return gone


def _having(t: Transaction, table: str, **values: Any) -> list[Any]:
    return sorted(key for key, row in t.scan(table) if all(row[name] == value for name, value in values.items()))


# --- inbox


def enter(t: Transaction, lane: int, epoch: int, ids: Sequence[UUID]) -> Found:
    if not list(t.locked_rows("lane", [lane], lambda row: bool(row["epoch"] == epoch), alone=False)):
        t.tables.met["fenced"] += 1
        raise _broken(inbox.FENCED)
    if any(t.get("inbox", one) or t.get("parked", one) for one in ids):
        t.tables.met["copies met"] += 1
        raise _broken(inbox.BEFORE)
    return [(None,)]


def _broken(state: str) -> asyncpg.PostgresError:
    error = asyncpg.PostgresError(state)
    error.sqlstate = state  # type: ignore[misc]  # as asyncpg does with a state it has no class for
    return error


def read_inbox(t: Transaction, lane: int, ids: Sequence[UUID], low: UUID, high: UUID) -> Found:
    found = list(t.locked_rows("lane", [lane], alone=False))
    if not found:
        return []
    epoch, each = found[0][1]["epoch"], list(dict.fromkeys(ids))
    seen: list[tuple[Any, ...]] = [
        (epoch, one, row["digest"], row["answer"], False) for one in each if (row := t.get("inbox", one))
    ]
    waiting = [(epoch, one, None, None, True) for one in each if t.get("parked", one)]
    return [*(seen or [(epoch, None, None, None, False)]), *waiting]


def remember(t: Transaction, *columns: Sequence[Any]) -> Found:
    for identity, digest, answer in zip(*columns, strict=True):
        _insert(t, "inbox", identity, {"digest": digest, "answer": answer})
    return []


# --- outbox


def post(t: Transaction, bundle: UUID, *columns: Sequence[Any]) -> Found:
    for position, *letter in zip(*columns, strict=True):
        _insert(t, "outbox", (bundle, position), {"letter": tuple(letter)})
    return []


def await_confirms(t: Transaction, bundle: UUID, owner: UUID, lane: int) -> Found:
    _insert(t, "pending", bundle, {"owner": owner, "lane": lane, "at": t.began})
    return []


def forget(t: Transaction, bundles: Sequence[UUID]) -> Found:
    _delete(t, "pending", bundles)
    return []


def read_bundles(t: Transaction, bundles: Sequence[UUID]) -> Found:
    found = []
    for bundle in sorted(set(bundles)):
        position = 0
        while (row := t.get("outbox", (bundle, position))) is not None:
            found.append((bundle, *row["letter"]))
            position += 1
    return found


def adopt_lane(t: Transaction, owner: UUID, lane: int) -> Found:
    changed = _update(t, "pending", _having(t, "pending", lane=lane), lambda row: bool(row["lane"] == lane), owner=owner)
    t.tables.met["bundles adopted with their lane"] += len(changed)
    return [(one,) for one in changed]


def adopt_dead(t: Transaction, owner: UUID, most: int) -> Found:
    alive = {key for key, row in t.scan("owner") if row["beat"] > t.began - LEASE}
    left = [
        key for key, row in t.scan("pending")
        if row["owner"] != owner and row["at"] < t.began - LEASE and row["owner"] not in alive
        and not set(t.tables.held.get(("pending", key), ())) - {t}
    ]  # fmt: skip
    changed = _update(t, "pending", sorted(left)[:most], bool, owner=owner)
    t.tables.met["bundles adopted from the dead"] += len(changed)
    return [(one,) for one in changed]


def ours(t: Transaction, owner: UUID, known: Sequence[UUID], most: int) -> Found:
    return [(one,) for one in _having(t, "pending", owner=owner) if one not in set(known)][:most]


def backlog(t: Transaction) -> Found:
    since = [row["at"] for _, row in t.scan("pending")]
    return [(len(since), t.began - min(since, default=t.began))]


def alive(t: Transaction, owner: UUID, name: str) -> Found:
    if not t.insert("owner", owner, {"name": name, "beat": t.began}):
        t.put("owner", owner, {**(t.newest("owner", owner) or {}), "beat": t.began})
    return [(BEGAN + timedelta(seconds=t.began),)]


def long_dead(t: Transaction) -> Found:
    old = [key for key, row in t.scan("owner") if row["beat"] < t.began - 86_400]
    _delete(t, "owner", old, lambda row: row["beat"] < t.began - 86_400)
    return []


# --- ownership


def enrol(t: Transaction, lane: int) -> Found:
    if t.get("lane", lane) is None:
        t.insert("lane", lane, {"epoch": 0, "owner": None, "beat": float("-inf"), "suspect": None, "suspicion": 0})
    return []


def claim(t: Transaction, lane: int, owner: UUID, by_force: bool) -> Found:
    def free(row: Fields) -> bool:
        return by_force or row["owner"] in (None, owner) or row["beat"] < t.began - LEASE

    for _, row in list(t.locked_rows("lane", [lane], free)):
        t.put("lane", lane, {**row, "epoch": row["epoch"] + 1, "owner": owner, "beat": t.began})
        t.tables.met["lanes taken from another"] += row["owner"] not in (None, owner)
        return [(row["epoch"] + 1,)]
    return []


def beat(t: Transaction, lane: int, epoch: int) -> Found:
    return [(True,) for _ in _update(t, "lane", [lane], lambda row: bool(row["epoch"] == epoch), beat=t.began)]


def release(t: Transaction, lane: int, epoch: int) -> Found:
    _update(t, "lane", [lane], lambda row: bool(row["epoch"] == epoch), owner=None, epoch=epoch + 1)
    return []


def suspect(t: Transaction, lane: int, message: UUID) -> Found:
    [(_, row)] = list(t.locked_rows("lane", [lane]))
    suspicion = row["suspicion"] + 1 if row["suspect"] == message else 1
    t.put("lane", lane, {**row, "suspect": message, "suspicion": suspicion})
    t.tables.met["suspects"] += 1
    return [(suspicion,)]


def shares(t: Transaction, owner: UUID, name: str) -> Found:
    lanes = [row["owner"] for _, row in t.scan("lane")]
    others = [lanes.count(key) for key, row in t.scan("owner")
              if key != owner and row["name"] == name and row["beat"] > t.began - LEASE]  # fmt: skip
    return [(lanes.count(owner), min(others, default=None))]


# --- timers


def set_timers(t: Transaction, lane: int, *columns: Sequence[Any]) -> Found:
    for topic, subject, identity, due, headers, body in zip(*columns, strict=True):
        t.lock("timer", (topic, subject))
        row = {"id": identity, "lane": lane, "due": seconds(due), "headers": headers, "body": body}
        t.put("timer", (topic, subject), row)
    return []


def cancel_timers(t: Transaction, topics: Sequence[str], subjects: Sequence[str]) -> Found:
    _delete(t, "timer", list(zip(topics, subjects, strict=True)))
    return []


def due_timers(t: Transaction, lane: int, most: int) -> Found:
    due = [(row["due"], key, row) for key, row in t.scan("timer") if row["lane"] == lane and row["due"] <= t.began]
    return [(row["id"], *key, dict(row["headers"]), row["body"], t.began - at) for at, key, row in sorted(due, key=_due)[:most]]


def _due(one: tuple[Any, ...]) -> tuple[Any, ...]:
    return one[:2]


def take_timers(t: Transaction, topics: Sequence[str], subjects: Sequence[str], ids: Sequence[UUID]) -> Found:
    taken = []
    for topic, subject, identity in zip(topics, subjects, ids, strict=True):
        if _delete(t, "timer", [(topic, subject)], lambda row, rung=identity: bool(row["id"] == rung)):  # type: ignore[misc]
            taken.append((identity,))
    t.tables.met["timers rung"] += len(taken)
    return taken


# --- parked


def park(t: Transaction, lane: int, *columns: Sequence[Any]) -> Found:
    for identity, key, topic, headers, body, status, attempts, due, reason, detail in zip(*columns, strict=True):
        again = {"status": status, "attempts": attempts, "due": seconds(due), "reason": reason, "detail": detail}
        t.tables.places += 1
        row = {"place": t.tables.places, "lane": lane, "key": key, "topic": topic, "headers": headers, "body": body}
        if not t.insert("parked", identity, {**row, **again}):
            t.put("parked", identity, {**(t.newest("parked", identity) or {}), **again})
        t.tables.met[f"parked, {status}"] += 1
    return []


def due_parked(t: Transaction, lane: int, most: int) -> Found:
    mine = {key: row for key, row in t.scan("parked") if row["lane"] == lane}
    heads = sorted((row["due"], key) for key, row in mine.items() if row["status"] == "waiting" and row["due"] <= t.began)[:most]
    found = set()
    for _, head in heads:
        found.add(head)
        key, place = mine[head]["key"], mine[head]["place"]
        found |= {one for one, row in mine.items() if (row["key"], row["status"]) == (key, "behind") and row["place"] > place}
    ordered = sorted(found, key=lambda one: mine[one]["place"])[:most]
    rows = [(one, mine[one]) for one in ordered]
    return [(one, row["topic"], dict(row["headers"]), row["body"], row["attempts"]) for one, row in rows]


def release_parked(t: Transaction, lane: int, keys: Sequence[str]) -> Found:
    first: dict[str, tuple[int, UUID]] = {}
    for one, row in t.scan("parked"):
        if row["lane"] == lane and row["key"] in keys and row["status"] != "dead":
            first[row["key"]] = min(first.get(row["key"], (row["place"], one)), (row["place"], one))
    heads = [one for _, one in sorted(first.values())]
    _update(t, "parked", heads, lambda row: bool(row["status"] == "behind"), status="waiting", due=t.began)
    return []


def leave(t: Transaction, ids: Sequence[UUID]) -> Found:
    _delete(t, "parked", ids)
    return []


def heads(t: Transaction, lane: int) -> Found:
    alive = [(row["key"], row["place"], one) for one, row in t.scan("parked") if row["lane"] == lane and row["status"] != "dead"]
    return list({key: (key, one) for key, _, one in sorted(alive, reverse=True)}.values())


def count_parked(t: Transaction) -> Found:
    counts: dict[str, int] = {}
    for _, row in t.scan("parked"):
        counts[row["status"]] = counts.get(row["status"], 0) + 1
    return list(counts.items())


# --- rows


def of_store(store: Store[Any]) -> dict[str, Statement]:
    table, names = store.table.name, store.names

    def load(t: Transaction, keys: Sequence[Any]) -> Found:
        return [tuple(row[name] for name in names) for _, row in t.locked_rows(table, sorted(set(keys)))]

    def insert(t: Transaction, *columns: Sequence[Any]) -> Found:
        for row in _rows(names, columns):
            _insert(t, table, row[names[0]], row)
        return []

    def update(t: Transaction, *columns: Sequence[Any]) -> Found:
        for row in _rows(names, columns):
            _update(t, table, [row[names[0]]], bool, **row)
        return []

    def delete(t: Transaction, keys: Sequence[Any]) -> Found:
        _delete(t, table, keys)
        return []

    return {store._load: load, store._insert: insert, store._update: update, store._delete: delete}


def _rows(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    plain = [[one.value if isinstance(one, Json) else one for one in column] for column in columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*plain, strict=True)]


KERNEL: dict[str, Statement] = {
    "SELECT enter": enter, inbox.READ: read_inbox, inbox.REMEMBER: remember,
    outbox.INSERT: post, outbox.AWAIT: await_confirms, outbox.FORGET: forget, outbox.READ: read_bundles,
    outbox.ADOPT_LANE: adopt_lane, outbox.ADOPT_DEAD: adopt_dead, outbox.OURS: ours, outbox.BACKLOG: backlog,
    outbox.ALIVE: alive, outbox.LONG_DEAD: long_dead,
    ownership.ENROL: enrol, ownership.CLAIM: claim, ownership.BEAT: beat, ownership.RELEASE: release,
    ownership.SUSPECT: suspect, ownership.SHARES: shares,
    timers.SET: set_timers, timers.CANCEL: cancel_timers, timers.DUE: due_timers, timers.TAKE: take_timers,
    parked.PARK: park, parked.DUE: due_parked, parked.RELEASE: release_parked, parked.LEAVE: leave,
    parked.HEADS: heads, parked.COUNT: count_parked,
}  # fmt: skip


def of_group(group: Group) -> dict[str, Statement]:
    found = dict(KERNEL)
    for store in group.stores.values():
        found |= of_store(store)
    return found
