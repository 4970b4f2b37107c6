"""Run the local card provider, which stands in for a real one."""

from __future__ import annotations

import importlib

import typer

PANEL = "Processes"
app = typer.Typer()


@app.command()
def provider() -> None:
    """Approve, decline and lose card charges on 127.0.0.1 (HIKYAKU_PROVIDER_PORT), as their tokens ask for."""
    importlib.import_module("workers.payment.local_provider").main()
