"""Make a new domain: one small, working file in every room."""

from __future__ import annotations

from typing import Annotated

import typer

PANEL = "Develop"
app = typer.Typer()


@app.command()
def domain(name: Annotated[str, typer.Argument(help="Small letters, digits and underscores, such as `loyalty`.")]) -> None:
    """Write a domain with one aggregate, command, event, refusal and query, its tables, route, tests and page.

    Nothing is overwritten: a name that any room knows already is refused. What docs/ has about it is generated, too.
    """
    import subprocess
    import sys

    from infra import documents, skeleton

    for path in skeleton.write(documents.ROOT, name):
        print(f"wrote {path}")
    # In another process: this one has looked for the contracts before the new ones were there.
    done = subprocess.run([sys.executable, "-m", "infra.cli", "generate"], cwd=documents.ROOT, check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)
    print(f"Next: make lint; make test T=tests/{name}; docs/extending.md tells how to go on. `make run` starts it with the rest.")
