"""How a look at the load is drawn: fuller tables for a wide terminal, the same words everywhere."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.console.load import ProcessLoad, QueueLoad, View
from infra.console.words import ago


def draw(view: View, before: View | None = None, *, everything: bool = False) -> RenderableType:
    """`before` is the last look, for what is counted since a process began. Empty queues of questions, jobs and dead
    letters are left out unless `everything` is wanted."""
    parts: list[RenderableType] = [Text(f"Hikyaku at {view.at:%H:%M:%S} UTC", style="bold"), _operations(view), Text("")]
    if view.queues:
        parts += [_queues(view, everything), Text("")]
    if view.domains:
        parts += [_domains(view), Text("")]
    if view.processes:
        parts += [_processes(view, before), Text("")]
    parts += [Text(f"! {sentence}", style="yellow") for sentence in view.missing]
    return Group(*parts)


def _operations(view: View) -> Text:
    if view.operations is None:
        return Text("operations: unknown")
    if not view.operations:
        return Text("operations: none open")
    return Text("operations open: " + ", ".join(f"{count} {status}" for status, count in sorted(view.operations.items())))


def _queues(view: View, everything: bool) -> Table:
    table = _table("queue", "ready", "unacked", "oldest", "in/s", "out/s", "empty in", "")
    for one in view.queues:
        side = one.name.endswith((".dead", ".queries", ".searches", ".jobs"))
        if everything or not side or one.ready + one.unacknowledged:
            table.add_row(
                one.name, str(one.ready), str(one.unacknowledged), ago(one.oldest), f"{one.rate_in:.1f}", f"{one.rate_out:.1f}",
                ago(one.seconds_to_empty), one.word, style=_colour(one),
            )  # fmt: skip
    return table


def _domains(view: View) -> Table:
    table = _table("domain", "outbox", "oldest", "parked", "dead", "timers", "late")
    for one in view.domains:
        late = one.timer_late if one.timer_late and one.timer_late > 0 else None
        style = "red" if one.dead else "yellow" if one.waiting or (one.pending_oldest or 0) > 10 else ""
        table.add_row(
            one.name, str(one.pending), ago(one.pending_oldest), str(one.waiting), str(one.dead), str(one.timers), ago(late),
            style=style,
        )  # fmt: skip
    return table


def _processes(view: View, before: View | None) -> Table:
    table = _table("process", "pid", "MB", "cpu %", "settled/s", "settled")
    for one in view.processes:
        cpu, speed = _since(view, before, one)
        table.add_row(one.name, str(one.pid or ""), f"{one.megabytes:.0f}", cpu, speed, f"{one.settled:.0f}")
    return table


def _since(view: View, before: View | None, one: ProcessLoad) -> tuple[str, str]:
    old = next((last for last in before.processes if last.pid == one.pid), None) if before else None
    if before is None or old is None:
        return "", ""
    seconds = (view.at - before.at).total_seconds()
    return f"{100 * (one.cpu_seconds - old.cpu_seconds) / seconds:.0f}", f"{(one.settled - old.settled) / seconds:.1f}"


def _colour(one: QueueLoad) -> str:
    if one.word in ("nobody takes them", "dead letters"):
        return "red"
    return {"grows": "yellow", "stands": "yellow", "empty": "dim"}.get(one.word, "")


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True, min_width=16)
    for column in columns:
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    return table
