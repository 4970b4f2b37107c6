"""The way of an operation as a tree on the terminal, asked for with the operator's own user."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from contracts.eventstore import GetTimeline, Hop, Timeline
from infra.asking import Asker
from infra.console.place import Place
from infra.publisher import Publisher

COLOURS = {"event": "green", "refusal": "red", "command": "blue", "job": "magenta", "timer": "yellow"}


async def ask(place: Place, operation: UUID) -> Timeline:
    """Raises LookupError when nothing is recorded of it, Late when the event store does not answer."""
    publisher = Publisher(place.operator_url, "operator")
    asker = Asker(place.operator_url, publisher, "operator")
    await asker.start()
    try:
        answer = await asker.ask(GetTimeline(operation_id=operation), timeout=10)
    finally:
        await asker.close()
        await publisher.close()
    found = Timeline.model_validate_json(answer) if answer is not None else None
    if found is None or not found.items:
        raise LookupError(f"Nothing is recorded of an operation {operation}.")
    return found


def draw(found: Timeline) -> None:
    """Each message under the one that led to it, with the milliseconds since the first."""
    below: dict[UUID | None, list[Hop]] = defaultdict(list)
    for one in found.items:
        below[one.causation].append(one)
    tree = Tree(f"[bold]{found.operation_id}[/bold]", guide_style="dim")
    waiting: list[tuple[Tree, Iterator[Hop]]] = [(tree, iter(below[None]))]
    start = found.items[0].time
    while waiting:
        branch, hops = waiting[-1]
        hop = next(hops, None)
        if hop is None:
            waiting.pop()
            continue
        waiting.append((branch.add(_line(hop, (hop.time - start).total_seconds() * 1000)), iter(below[hop.id])))
    console = Console()
    console.print(tree)
    if not found.complete:
        console.print("[dim]There is more; this is the oldest part.[/dim]")


def _line(hop: Hop, since: float) -> str:
    road = f"{hop.source} → {hop.handler}" if hop.handler and hop.handler != hop.source else hop.source
    took = f", took {hop.took_ms} ms" if hop.took_ms is not None else ""
    kind = f"[{COLOURS[hop.kind]}]{hop.kind:<7}[/]"
    return f"{kind} {escape(hop.type)} [dim]{escape(hop.subject)}  {escape(road)}  +{since:.0f} ms{took}[/]"
