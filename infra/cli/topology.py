"""Show and declare exchanges, queues and bindings."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from infra.group import Group

PANEL = "Servers"
app = typer.Typer(help="Show and declare exchanges, queues and bindings.", no_args_is_help=True, rich_markup_mode="rich")


@app.command()
def plan() -> None:
    """List everything that is declared, and which of the queues the broker does not have. Changes nothing."""
    from infra import broker_admin
    from infra.topology import declare

    groups, url = _known()
    topology = declare(groups)
    gone = {queue.name for queue in asyncio.run(broker_admin.missing_queues(topology.queues, url))}
    for exchange in topology.exchanges:
        print(f"exchange  {exchange.name} ({exchange.type})")
    for queue in topology.queues:
        print(f"queue     {queue.name} ({queue.arguments['x-queue-type']}){'   MISSING' if queue.name in gone else ''}")
    for binding in topology.bindings:
        print(f"binding   {broker_admin.describe(binding)}")
    print(f"{len(gone)} of {len(topology.queues)} queues are missing; `hikyaku topology apply` declares them.")


@app.command()
def apply() -> None:
    """Declare what is missing. What exists with other arguments is named and left alone."""
    from infra import broker_admin
    from infra.topology import declare

    groups, url = _known()
    topology = declare(groups)
    asyncio.run(broker_admin.apply(topology, url))
    print(f"{len(topology.exchanges)} exchanges, {len(topology.queues)} queues, {len(topology.bindings)} bindings.")


@app.command()
def export() -> None:
    """Print all of it as RabbitMQ's definitions, without users. Needs no broker.

    Example: [cyan]hikyaku topology export > definitions.json; rabbitmqctl import_definitions definitions.json[/cyan]
    """
    import json

    from infra import domains
    from infra.definitions import definitions
    from infra.settings import settings
    from infra.topology import declare

    print(json.dumps(definitions(declare(domains.load_all()), settings().namespace), indent=2))


@app.command()
def refill(
    domain: Annotated[str, typer.Argument(help="Whose lanes to fill, such as payment.")],
    since: Annotated[datetime | None, typer.Option(help="UTC, such as 2026-11-20T12:00:00; default: all retained.")] = None,
) -> None:
    """Send a domain once more what all outboxes retained for it and it has not settled, after its queue was lost.

    The guard does this by itself. Ids stay the same, so running it again, or without need, changes nothing.

    Example: [cyan]hikyaku topology refill payment --since 2026-11-20T12:00:00[/cyan]
    """
    from infra import services
    from infra.console.place import reaching
    from infra.refill import refill
    from infra.settings import settings
    from infra.topology import declare

    groups, _ = _known()
    when = since.replace(tzinfo=since.tzinfo or UTC) if since else None
    with reaching("A part may have been sent; run it again."):
        done = asyncio.run(refill(declare(groups), domain, services.resolve(settings()), when))
    print(f"{done.sent} of {done.retained} retained letters were not settled by {domain} and are in its queue again.")


def _known() -> tuple[list[Group], str]:
    """The groups, and the operator's address of the broker."""
    from infra import domains
    from infra.accounts_broker import OPERATOR
    from infra.provision import credentials
    from infra.settings import settings

    return domains.load_all(), credentials(settings(), OPERATOR).amqp_url
