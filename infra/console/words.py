"""Times and amounts as people read them."""

from __future__ import annotations

from rich.console import Console


def ago(seconds: float | None) -> str:
    """`12 s`, `3 min`, `5 h`, `2 d`; empty for nothing."""
    if seconds is None:
        return ""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 or seconds == 0 else f"{seconds:.1f} s"


def console() -> Console:
    """The terminal as it is; a pipe or a file as wide as our tables like it."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=max(120, found.width))
