"""Print a development token, alone on standard output."""

from __future__ import annotations

from typing import Annotated

import typer

PANEL = "Use"
app = typer.Typer()


@app.command()
def token(
    subject: Annotated[str, typer.Option(help="Who it speaks for; a customer's id is this.")],
    role: Annotated[list[str], typer.Option(help="admin, customer, guest or cast; may be given several times.")],
    hours: Annotated[float, typer.Option(help="Until it expires.", min=0.01, max=24 * 365)] = 12,
) -> None:
    """Sign a bearer token with this home's key (EdDSA; HS256 when HIKYAKU_TOKEN_SECRET is set).

    Use it as: curl -H "Authorization: Bearer $(hikyaku token --subject S --role admin)" …
    """
    from infra.bearer import sign
    from infra.settings import settings

    print(sign(settings(), subject, role, hours * 3600))
