"""See messages that failed, and send them again or drop them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from infra.console.dead import Dead

PANEL = "Watch and mend"
app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""See messages that failed, and send them again or drop them.

    Those that a rule or a database refused are parked in their domain's database, tried again by themselves and dead after
    the last attempt. Those that nobody could read are in the broker's queue [cyan]<domain>.dead[/cyan]. Both are shown.

    Usual order: [cyan]list[/cyan], [cyan]show ID[/cyan], mend the cause, [cyan]replay[/cyan]. Where the letter itself is wrong:
    [cyan]edit[/cyan].
    """,
)

Domain = Annotated[str | None, typer.Option("--domain", "-d", help="Of this domain alone.")]
Topic = Annotated[str | None, typer.Option("--topic", "-t", help="Of this type alone, such as payment.charge-payment.v1.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen and do nothing.")]
Why = Annotated[str, typer.Option("--reason", help="Written to the operators' log; required.")]


@app.command("list")
def list_(
    domain: Domain = None,
    topic: Topic = None,
    each: Annotated[bool, typer.Option("--ids", help="Every letter with its id, instead of counts.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON array.")] = False,
) -> None:
    """Count them by domain, type and reason, with the ages of the oldest and the youngest.

    [cyan]waiting[/cyan] ones are tried again by themselves, [cyan]behind[/cyan] ones follow a waiting one of their key.

    Example: [cyan]hikyaku dead-letters list --domain payment --ids[/cyan]
    """
    from infra.console import dead_tables

    found = asyncio.run(_look(domain, topic))
    if as_json:
        print(dead_tables.as_json(found))
    elif not found:
        print("No dead letters, and nothing waits for another attempt.")
    else:
        dead_tables.show(found, each=each)


@app.command()
def show(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Or the beginning of it.")],
    unmask: Annotated[bool, typer.Option("--unmask", help="Show what people wrote; needs --reason.")] = False,
    reason: Why = "",
) -> None:
    """Show headers and body of one. Strings in the body are replaced by ••• unless you say why you must see them.

    Example: [cyan]hikyaku dead-letters show 01a1fbc8 --unmask --reason "ticket 4711"[/cyan]
    """
    from infra.console import audit, dead_tables
    from infra.console.place import here

    if unmask and not reason.strip():
        raise typer.BadParameter('say why: --reason "…" is written to the operators\' log', param_hint="--reason")
    place = here()

    async def one() -> list[Dead]:
        from infra.console.dead import snapshot

        async with snapshot(place, place.domains, _warn) as found:
            return found.named([identity])

    for dead in asyncio.run(one()):
        if unmask:
            audit.note(place.settings.folder, "dead-letters show --unmask", reason, id=dead.id, domain=dead.domain)
        dead_tables.one(dead, unmask=unmask)
    if unmask:
        _warn(f"Audited in {audit.path_of(place.settings.folder)}.")


@app.command()
def replay(
    identities: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Or the beginnings of them.")] = None,
    domain: Domain = None,
    topic: Topic = None,
    reason: Annotated[str | None, typer.Option("--failed-with", help="Of this reason alone, as `list` shows it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the oldest first.")] = 1_000,
    step: Annotated[int, typer.Option(min=0, max=1_000, help="So many at a time; 0 is 1, then 2, 5, 20, 50, 200.")] = 0,
    rate: Annotated[float, typer.Option(min=0, help="Letters per second; 0 is as fast as they go.")] = 0,
    patience: Annotated[float, typer.Option("--wait", min=1, help="Seconds within which a letter must be settled.")] = 40,
    force: Annotated[bool, typer.Option("--force", help="Go on although some fail; their keys' later letters stay.")] = False,
    overtake: Annotated[bool, typer.Option("--overtake", help="Send it before an earlier one of its key.")] = False,
    resume: Annotated[str, typer.Option(metavar="RUN", help="Go on with what an earlier replay began with.")] = "",
    dry_run: DryRun = False,
) -> int:
    """Send them to their domain once more, under their own ids: 1, then 2, 5, 20 …, and stop when one fails again.

    Only what was dead when the command began is sent, only to the domain where it died, and of one key a later letter only
    after the earlier ones. Ctrl-C stops between any two letters and loses none. Exit code 1 when one fails.

    Examples:
      [cyan]hikyaku dead-letters replay 01a1fbc8 01a1fbd0[/cyan]
      [cyan]hikyaku dead-letters replay --domain payment --topic payment.charge-payment.v1 --rate 20 --dry-run[/cyan]
      [cyan]hikyaku dead-letters replay --resume 20261121-155012-9f3a[/cyan]
    """
    if not identities and not domain and not resume:
        raise typer.BadParameter("name ids, or --domain, or a run to --resume")
    from infra.cli._dead_letters import Wish, replayed
    from infra.console.place import reaching

    wish = Wish(identities or [], domain, topic, reason, limit, step, rate, patience, force, overtake, resume, dry_run)
    with reaching("What had not settled is dead still, or will settle once: run it again."):
        return asyncio.run(replayed(wish))


@app.command()
def edit(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Or the beginning of it.")],
    fields: Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Such as lines.0.quantity=2.")] = None,
    body: Annotated[str, typer.Option(metavar="FILE", help="The whole new body, JSON; - reads standard input.")] = "",
    reason: Why = "",
    patience: Annotated[float, typer.Option("--wait", min=1, help="Seconds within which it must be settled.")] = 40,
    dry_run: DryRun = False,
) -> int:
    """Change what one says, and send it under a new id, since an id stands for one content. Exit code 1 when it fails.

    A VALUE is JSON; what is not JSON is a string. It must fit the contract. The operators' log keeps who, when, both ids,
    both digests, the names of the changed fields and your reason, and no values. What a person wrote belongs into --body,
    for a shell remembers its commands.

    Example: [cyan]hikyaku dead-letters edit 01a1fbc8 --set amount=1200 --reason "ticket 4711"[/cyan]
    """
    if not reason.strip():
        raise typer.BadParameter('say why: --reason "…" is written to the operators\' log', param_hint="--reason")
    if bool(fields) == bool(body) or any("=" not in one for one in fields or []):
        raise typer.BadParameter("give --set FIELD=VALUE, or --body with all of it")
    from infra.cli._dead_letters import changed
    from infra.console.place import reaching

    with reaching("It is dead still under its old id, or on its way under its new one: edit it so again, that does no harm."):
        return asyncio.run(changed(identity, fields or [], body, reason, patience, dry_run))


@app.command()
def drop(
    identities: Annotated[list[str], typer.Argument(metavar="ID...", help="Or the beginnings of them.")],
    reason: Why = "",
    dry_run: DryRun = False,
) -> None:
    """Give them up for good. What they asked for will never happen; the operators' log keeps their ids and your reason.

    Example: [cyan]hikyaku dead-letters drop 01a1fbc8 --reason "customer ordered again"[/cyan]
    """
    if not reason.strip():
        raise typer.BadParameter('say why: --reason "…" is written to the operators\' log', param_hint="--reason")
    from infra.console.place import reaching

    with reaching("What is not named above is there still."):
        asyncio.run(_drop(identities, reason, dry_run))


async def _look(domain: str | None, topic: str | None) -> list[Dead]:
    from infra.console.dead import snapshot
    from infra.console.place import here

    place = here()
    async with snapshot(place, place.chosen(domain), _warn) as found:
        return found.of(None, topic)


async def _drop(identities: list[str], reason: str, dry_run: bool) -> None:
    from uuid import UUID

    from infra.console import audit
    from infra.console.dead import snapshot
    from infra.console.place import here

    place = here()
    async with snapshot(place, place.domains, _warn) as found:
        for one in found.named(identities):
            if one.status != "dead":
                _warn(f"{one.id} is left alone: it is {one.status} and may still succeed.")
                continue
            if dry_run:
                print(f"{one.id} {one.topic} of {one.domain} would be dropped.")
                continue
            audit.note(place.settings.folder, "dead-letters drop", reason, id=one.id, domain=one.domain, topic=one.topic)
            if one.raw is not None:
                await one.raw.ack()
            else:
                async with place.database(one.domain) as connection:
                    await connection.execute("DELETE FROM parked WHERE id = $1 AND status = 'dead'", UUID(one.id))
            print(f"{one.id} {one.topic} of {one.domain} is dropped.")


def _warn(sentence: str) -> None:
    import sys

    print(sentence, file=sys.stderr)
