"""Show how all of it would run on Kubernetes."""

from __future__ import annotations

from typing import Annotated

import typer

PANEL = "Servers"
app = typer.Typer()


@app.command()
def manifests(
    image: Annotated[str, typer.Option(help="The image of infra/deploy/Dockerfile, in your registry.")] = "hikyaku:latest",
    provider: Annotated[str, typer.Option(help="Address of the card provider's API.")] = "http://card-provider",
) -> None:
    """Print Kubernetes manifests: a deployment for each domain, the edge, the jobs, and what they share. Changes nothing.

    Example: [cyan]hikyaku manifests --image registry.example/hikyaku:1.2 | kubectl apply -f -[/cyan]
    """
    from infra import domains
    from infra.manifests import manifests
    from infra.settings import settings

    print(manifests(domains.load_all(), image, settings().namespace, provider), end="")
