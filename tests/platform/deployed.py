"""What lies in infra/deploy, read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from infra.cli._group import build

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "infra" / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def understood(words: list[str]) -> None:
    """That the program takes this command line; it is not run."""
    command = build()
    with command.make_context("hikyaku", list(words)) as context:
        _, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        found.make_context(words[0], rest, parent=context)
