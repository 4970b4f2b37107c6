"""Publish one command of the catalogue, as an operator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from contracts.message import Command

PANEL = "Use"
app = typer.Typer()


@app.command()
def publish(
    topic: Annotated[str, typer.Argument(metavar="TYPE", help="Such as inventory.reserve-stock.v1.")],
    body: Annotated[str, typer.Argument(metavar="JSON", help="The command's fields; - reads standard input.")],
) -> None:
    """Check it against its contract, send it to its owner and wait for the broker's confirm. Prints the message id.

    It gets a fresh id each time, so sending it twice means it twice. Exit code 1 when nobody takes it.
    """
    import sys

    from pydantic import ValidationError

    from contracts.message import Command, catalogue

    kind = catalogue().get(topic)
    if kind is None or not issubclass(kind, Command):
        known = sorted(name for name, one in catalogue().items() if issubclass(one, Command))
        raise LookupError(f"There is no command {topic}; there are:\n  " + "\n  ".join(known))
    try:
        command = kind.model_validate_json(sys.stdin.read() if body == "-" else body)
    except ValidationError as error:
        raise LookupError(f"The JSON does not fit {topic}:\n{error}") from None
    print(asyncio.run(_send(command)))


async def _send(command: Command) -> UUID:
    from aiormq.exceptions import AMQPError
    from pamqp.commands import Basic

    from infra import letter
    from infra.accounts_broker import OPERATOR
    from infra.envelope import Envelope
    from infra.provision import credentials
    from infra.publisher import Publisher
    from infra.settings import settings
    from infra.unavailable import Unavailable

    sent = letter.write(Envelope.fresh(command, "operator"))
    headers = dict(sent.headers)
    properties = Basic.Properties(
        message_id=str(sent.id), message_type=sent.topic, correlation_id=headers.pop("correlation"),
        content_type="application/json", delivery_mode=2, headers=headers,
    )  # fmt: skip
    publisher = Publisher(credentials(settings(), OPERATOR).amqp_url, "hikyaku publish")
    try:
        await publisher.publish(sent.exchange, sent.topic, sent.body.encode(), properties, mandatory=True)
    except (AMQPError, OSError, TimeoutError) as error:
        raise Unavailable(f"{sent.topic} was not taken ({type(error).__name__}: {error}); nothing happened.") from None
    finally:
        await publisher.close()
    return sent.id
