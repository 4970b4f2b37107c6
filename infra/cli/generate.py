"""Write again what is made from code: schemas, OpenAPI, AsyncAPI, seed names, requirements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PANEL = "Develop"
app = typer.Typer()


@app.command()
def generate(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 when something is stale.")] = False,
) -> None:
    """Bring `docs/` up to date with contracts, routes and tests, and give each new message its golden example.

    A golden example is written once and never changed: it is what old bytes look like.
    """
    from infra import documents

    found = documents.generated()
    stale = [path for path, text in found.items() if not _holds(documents.ROOT / path, text)]
    gone = documents.surplus(documents.ROOT, found)
    missing = documents.examples(documents.ROOT)
    if check:
        for path in (*stale, *gone, *missing):
            print(f"stale: {path}")
        if stale or gone or missing:
            raise typer.Exit(1)
        return
    for path, text in {**{path: found[path] for path in stale}, **missing}.items():
        target = documents.ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        print(f"wrote {path}")
    for path in gone:
        (documents.ROOT / path).unlink()
        print(f"removed {path}")
    print(f"{len(found)} files are up to date.")


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text
