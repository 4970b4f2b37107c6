"""Replay a real shop's orders, live, and check stock and money to the penny."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

PANEL = "Use"
app = typer.Typer()
HOURS = 12


@app.command()
def demo(
    repeat: Annotated[int, typer.Option(help="Place the same orders so many times.", min=1, max=1000)] = 1,
    rate: Annotated[float, typer.Option(help="Orders a second; 0 is as fast as they are decided.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Of addresses and payment methods.")] = 1,
    orders: Annotated[int | None, typer.Option(help="Stop after so many orders.", min=1)] = None,
    at_once: Annotated[int, typer.Option(help="Orders under way at the same time.", min=1, max=1024)] = 128,
    patience: Annotated[float, typer.Option(help="Seconds to wait for an absent edge or broker.", min=1)] = 300,
    url: Annotated[str, typer.Option(help="The edge; that of the running `hikyaku up` when left out.")] = "",
) -> None:
    """Open a shop with the prices and orders of a UK shop's real invoices, and send them over HTTP like any client.

    Stock is 95 % of what is wanted, so some orders are refused. The summary at the end compares what was answered with
    the shop's books: stock, money, totals, nothing lost, nothing doubled. Exit code 1 when anything differs.
    """
    from rich.console import Console

    from infra.bearer import sign
    from infra.demo.client import Edge
    from infra.demo.run import Wish, run
    from infra.settings import settings
    from infra.supervisor import state
    from infra.unavailable import Unavailable

    chosen = settings()
    address = url or state.read(chosen.folder).get("url", "")
    if not address:
        raise Unavailable(f"Nothing runs from {chosen.folder}; start it with `make run` in another terminal.")
    token = sign(chosen, "demo", ["admin"], HOURS * 3600)

    async def live() -> bool:
        edge = Edge(address.rstrip("/"), token, at_once, patience)
        try:
            return await run(Wish(repeat, rate, seed, orders), edge, Console())
        finally:
            await edge.close()

    if not asyncio.run(live()):
        raise typer.Exit(1)
