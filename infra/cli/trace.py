"""Where the time of an operation went, as a waterfall of spans."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

PANEL = "Watch and mend"
app = typer.Typer()
TRACE = re.compile(r"^[0-9a-f]{32}$")


@app.command()
def trace(
    identity: Annotated[str, typer.Argument(metavar="OPERATION|TRACE", help="The id that the 202 named, or a trace id.")],
    otlp: Annotated[bool, typer.Option("--otlp", help="Print OTLP/JSON instead.")] = False,
    send: Annotated[str, typer.Option(metavar="URL", help="Send it to an OpenTelemetry collector, such as Jaeger.")] = "",
) -> None:
    """Draw the spans of an operation, or of all operations of a trace: order-processing, inventory-reserve, payment-process …

    A span lasts from the sending of a message until its domain decided it; of a command that has an outcome, until that.

    Examples:
      [cyan]hikyaku trace 0199f3a2-5d6c-7abc-8def-0123456789ab[/cyan]
      [cyan]hikyaku trace 4bf92f3577b34da6a3ce929d0e0e4736 --send http://127.0.0.1:4318[/cyan]
    """
    import json

    from rich.console import Console

    from infra.console import waterfall
    from infra.console.http import Edge
    from infra.console.place import running

    edge = Edge(*running())
    path = f"/v1/traces/{identity}" if TRACE.match(identity) else f"/v1/operations/{identity}/trace"
    answer = edge.call("GET", path, edge.token("operator", "admin"))
    if answer.status == 404:
        raise LookupError(f"Nothing is recorded of {identity}.")
    if answer.status != 200:
        raise LookupError(f"The edge gives no trace of {identity}: {answer.reason}.")
    if otlp:
        print(json.dumps(answer.body, indent=2))
    if send:
        _send(send, answer.body)
    if not otlp and not send:
        waterfall.draw(answer.body, Console())


def _send(url: str, document: Any) -> None:
    """Raises Unavailable with what the collector said."""
    import httpx

    from infra.unavailable import Unavailable

    where = url.rstrip("/").removesuffix("/v1/traces") + "/v1/traces"
    count = sum(len(scope["spans"]) for one in document["resourceSpans"] for scope in one["scopeSpans"])
    try:
        answer = httpx.post(where, json=document, timeout=10, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(f"Nothing takes traces at {where} ({type(error).__name__}: {error}).") from None
    if answer.status_code != 200:
        raise Unavailable(f"{where} answered {answer.status_code}: {answer.text[:300]}")
    print(f"{count} spans sent to {where}.")
