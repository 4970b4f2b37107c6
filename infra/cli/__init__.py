"""The program `hikyaku`. A command family is one file of this folder: `dead_letters.py` is `hikyaku dead-letters`.

A file has a docstring, whose first line is the short help, and `app`, a typer.Typer: with one command it is that
command, with several a family. PANEL, when set, names the group it stands in on the help page. A file is imported only
when its command is used, so `hikyaku --help` stays fast however much a command needs.
"""

from __future__ import annotations

import sys
from typing import Any


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code: 1 for what cannot be had, 2 for a wrong call."""
    from infra.cli._group import build, refusals

    if arguments is None:
        arguments = sys.argv[1:]
    try:
        result: Any = build()(arguments, prog_name="hikyaku", standalone_mode=False)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        return refusals(error)
    return result if isinstance(result, int) else 0
