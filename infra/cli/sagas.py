"""See how sagas fare, and mend those that are stuck."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from infra.console.sagas import Action

PANEL = "Watch and mend"
app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""See how sagas fare, and mend those that are stuck.

    A saga is [cyan]running[/cyan], [cyan]completed[/cyan], [cyan]compensating[/cyan], [cyan]compensated[/cyan], or
    [cyan]stuck[/cyan]: nobody can undo or go on, and a person has to decide. Its owner must be running.

    Usual order: [cyan]list --state stuck[/cyan], [cyan]show ID[/cyan], then [cyan]retry[/cyan],
    [cyan]compensate[/cyan] or [cyan]skip[/cyan].
    """,
)

Identity = Annotated[str, typer.Argument(metavar="ID", help="Such as an order's id.")]
Domain = Annotated[str, typer.Option("--domain", "-d", help="Whose sagas.")]
Reason = Annotated[str, typer.Option("--reason", help="Kept with your name in the saga's history.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Patience = Annotated[
    float, typer.Option("--wait", min=1, help="Seconds to wait until it is taken, and again to see where it goes.")
]


@app.command("list")
def list_(
    state: Annotated[str, typer.Option("--state", "-s", help="Of this state alone, such as stuck.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 50,
    domain: Annotated[str, typer.Option("--domain", "-d", help="Of this domain alone; without, of every host.")] = "",
    as_json: Json = False,
) -> None:
    """List them, newest first, with a mark for each step: of each domain that hosts some.

    Example: [cyan]hikyaku sagas list --state stuck[/cyan]
    """
    import json

    from infra.console import saga_drawing
    from infra.console.place import here, reaching
    from infra.console.sagas import hosts, sagas

    async def look() -> None:
        documents = []
        async with sagas(here(), *([domain] if domain else hosts())) as owners:
            for owner in owners:
                found = await owner.all(state, limit)
                documents += [{"domain": owner.domain, **one} for one in found]
                if found and not as_json:
                    saga_drawing.table(found, f"{owner.domain} {_about(owner.domain)}")
                elif not as_json:
                    print(f"{owner.domain} has no {state + ' ' if state else ''}sagas.")
        if as_json:
            print(json.dumps(documents, indent=2, ensure_ascii=False))

    with reaching("Nothing was changed."):
        asyncio.run(look())


@app.command()
def show(identity: Identity, domain: Domain = "order", as_json: Json = False) -> None:
    """Draw its steps with marks and times, what is left to do or undo, and its history.

    Example: [cyan]hikyaku sagas show ORD-001[/cyan]
    """
    import json

    from infra.console import saga_drawing
    from infra.console.place import here, reaching
    from infra.console.sagas import sagas

    async def look() -> None:
        async with sagas(here(), domain) as (owner,):
            found = await owner.one(identity)
        if as_json:
            print(json.dumps(found, indent=2, ensure_ascii=False))
        else:
            saga_drawing.draw(found, _about(domain))

    with reaching("Nothing was changed."):
        asyncio.run(look())


@app.command()
def retry(identity: Identity, reason: Reason = "", domain: Domain = "order", wait: Patience = 15) -> int:
    """Ask again for the step at which it is stuck. Exit code 1 when it is not taken.

    Example: [cyan]hikyaku sagas retry ORD-001 --reason "stock came in"[/cyan]
    """
    return _run(identity, "retry", reason, domain, wait)


@app.command()
def compensate(
    identity: Identity,
    reason: Reason = "",
    skip: Annotated[
        bool, typer.Option("--skip", help="Leave the step at which it is stuck as it is; the same as `skip`.")
    ] = False,
    domain: Domain = "order",
    wait: Patience = 15,
) -> int:
    """Turn it round: undo what was done or may have been, last first. Exit code 1 when it is not taken.

    Example: [cyan]hikyaku sagas compensate ORD-001 --reason "customer called"[/cyan]
    """
    return _run(identity, "skip" if skip else "compensate", reason, domain, wait)


@app.command()
def skip(identity: Identity, reason: Reason = "", domain: Domain = "order", wait: Patience = 15) -> int:
    """Leave the step at which it is stuck as it is, and go on in its direction. Say why: it is your word that counts.

    Example: [cyan]hikyaku sagas skip ORD-001 --reason "refunded by hand"[/cyan]
    """
    return _run(identity, "skip", reason, domain, wait)


def _run(identity: str, action: Action, reason: str, domain: str, wait: float) -> int:
    from infra.console.place import reaching

    with reaching("`hikyaku sagas show` tells whether your word was taken."):
        return asyncio.run(_mend(identity, action, reason, domain, wait))


async def _mend(identity: str, action: Action, reason: str, domain: str, wait: float) -> int:
    import sys

    from infra.console import audit, saga_drawing
    from infra.console.place import here
    from infra.console.sagas import MENDABLE, sagas

    if action != "retry" and not reason.strip():
        raise typer.BadParameter('say why: --reason "…" is kept in the saga\'s history', param_hint="--reason")
    place = here()
    async with sagas(place, domain) as (owner,):
        before = await owner.one(identity)
        if before["state"] not in MENDABLE[action]:
            possible = " or ".join(MENDABLE[action])
            print(f"{identity} is {before['state']}; only a saga that is {possible} takes `{action}`.", file=sys.stderr)
            return 1
        audit.note(place.settings.folder, f"sagas {action}", reason, id=identity, domain=domain)
        if await owner.mend(identity, action, reason, wait) is None:
            print(f"Nothing changed within {wait:g} s: {domain} refused it as invalid_state, or does not run.", file=sys.stderr)
            return 1
        saga_drawing.draw(await owner.settle(identity, wait), _about(domain))
    return 0


def _about(domain: str) -> str:
    from contracts.message import catalogue

    return catalogue()[f"{domain}.get-saga.v1"].about
