"""The command group that finds its commands by folder and imports the one that is used."""

from __future__ import annotations

import ast
import importlib
import sys
from keyword import iskeyword
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

FOLDER = Path(__file__).parent
HELP = "Hikyaku: a message-driven backend of pure rules, on RabbitMQ and PostgreSQL."


class Lazy(TyperGroup):
    """For the help page a command is its name and the first line of its file; to run it, the file is imported."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(_name(path) for path in FOLDER.glob("[a-z]*.py"))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        path = _path(cmd_name)
        return _shown(path) if path.exists() else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, found, rest = super().resolve_command(ctx, args)
        if name is None or found is None:
            return name, found, rest
        module = importlib.import_module(f"infra.cli.{_path(name).stem}")
        module.app._add_completion = False
        command = typer.main.get_command(module.app)
        command.name = name
        return name, command, rest


def build() -> Any:
    app = typer.Typer(cls=Lazy, help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode="rich")

    @app.callback()
    def root() -> None:
        """Only the commands below do something."""

    command = typer.main.get_command(app)
    command.help = HELP
    return command


def refusals(error: Exception) -> int:
    """One sentence on standard error for what the person can mend; everything else is our fault and shows its trace."""
    from pydantic import ValidationError

    from infra.errors import KernelError
    from infra.unavailable import FULL, Unavailable, told

    if isinstance(error, typer.Abort):
        print("Nothing was changed.", file=sys.stderr)
        return 1
    if hasattr(error, "exit_code"):
        if hasattr(error, "show"):
            error.show()
        return int(error.exit_code)
    if isinstance(error, ValidationError) and error.title == "Settings":
        for one in error.errors():
            print(f"HIKYAKU_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}.", file=sys.stderr)
        return 2
    full = isinstance(error, OSError) and error.errno in FULL
    if full or isinstance(error, Unavailable | KernelError | LookupError | TimeoutError):
        print(told(error), file=sys.stderr)
        return 1
    raise error


def _name(path: Path) -> str:
    return path.stem.rstrip("_").replace("_", "-")


def _path(name: str) -> Path:
    # A word of Python cannot be a module's name: `hikyaku try` is try_.py.
    return FOLDER / f"{name.replace('-', '_')}{'_' if iskeyword(name) else ''}.py"


def _shown(path: Path) -> TyperCommand:
    tree = ast.parse(path.read_text())
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    command = TyperCommand(_name(path), help=first)
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="PANEL")], value=ast.Constant(value=str(panel))):
                command.rich_help_panel = panel
    return command
