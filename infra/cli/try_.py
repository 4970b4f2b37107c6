"""Walk through a first order, and see each curl before it is done."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def try_(
    url: Annotated[str, typer.Option(help="Where the edge listens, instead of what <home>/hikyaku.json says.")] = "",
    pause: Annotated[float, typer.Option(min=0, help="Seconds between the steps, for reading along.")] = 0,
) -> int:
    """Register a product, stock it, fill a wallet, place an order, read it and cancel it, against the running edge.

    Every request is printed as a curl that can be copied, with its tokens in shell variables. All ids are new, so it may
    be repeated. Exit code 1, with a sentence, as soon as something is not as expected.
    """
    import sys

    from infra.console.http import Edge
    from infra.console.place import running
    from infra.console.tour import Surprise, Tour
    from infra.settings import settings

    chosen, where = (settings(), url.rstrip("/")) if url else running()
    try:
        Tour(Edge(chosen, where), pause).walk()
    except Surprise as surprise:
        print(f"\nNot as expected: {surprise}", file=sys.stderr)
        return 1
    return 0
