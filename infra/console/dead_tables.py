"""How dead letters look in a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

from rich.table import Table

from infra.console import masking
from infra.console.dead import Dead
from infra.console.words import ago, console


def as_json(found: Sequence[Dead]) -> str:
    return json.dumps(
        [
            {
                "id": one.id, "domain": one.domain, "store": one.store, "status": one.status, "topic": one.topic,
                "reason": one.reason, "detail": one.detail, "attempts": one.attempts, "since": one.since.isoformat(),
            }
            for one in found
        ],
        indent=2, ensure_ascii=False,
    )  # fmt: skip


def show(found: Sequence[Dead], *, each: bool) -> None:
    table = Table(box=None, pad_edge=False)
    if each:
        for column in ("id", "domain", "type, reason", "age", "tries"):
            table.add_column(column, no_wrap=column != "type, reason", overflow="fold")
        for one in sorted(found, key=_group):
            domain, topic, status, reason, store = _group(one)
            what = f"{topic}\n{reason} ({status}, {store})"
            table.add_row(one.id, domain, what, ago(one.seconds), str(one.attempts or ""), style=_style(one))
    else:
        for column in ("domain", "type, reason", "status", "where", "count", "oldest", "youngest"):
            table.add_column(column, no_wrap=column != "type, reason", overflow="fold")
        for key, members in groupby(sorted(found, key=_group), _group):
            (domain, topic, status, reason, store), some = key, list(members)
            ages = [one.seconds for one in some]
            what = f"{topic}\n{reason}"
            table.add_row(domain, what, status, store, str(len(some)), ago(max(ages)), ago(min(ages)), style=_style(some[0]))
    console().print(table)
    dead = sum(one.status == "dead" for one in found)
    print(f"{dead} dead, {len(found) - dead} waiting for another attempt. "
          + ("`hikyaku dead-letters show ID` opens one." if each else "--ids names each of them."))  # fmt: skip


def one(dead: Dead, *, unmask: bool) -> None:
    say = console().print
    say(f"[bold]{dead.topic}[/bold]  {dead.id}")
    say(f"{dead.status} in the {dead.store} of {dead.domain} for {ago(dead.seconds)}, {dead.attempts} attempts")
    say(f"reason   {dead.reason}", markup=False)
    if dead.detail:
        say(f"at       {dead.detail}", markup=False)
    headers = dict(dead.headers) if unmask else masking.headers(dead.headers)
    for name in sorted(headers):
        say(f"  {name}: {headers[name]}", markup=False)
    say(masking.clear(dead.body) if unmask else masking.body(dead.body), markup=False)


def _group(one: Dead) -> tuple[str, str, str, str, str]:
    return one.domain, one.topic, one.status, one.reason, one.store


def _style(one: Dead) -> str:
    return "" if one.status == "dead" else "dim"
