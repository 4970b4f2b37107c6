"""A new domain from nothing: every room gets its file, and what comes out is small, real and green.

`rooms/` holds the files as they will stand in the project; `domain` in a path and the words `$domain`, `$Domain` and
`$path` in a text stand for the new name. Each file ends in `.txt`, so that no tool takes it for part of this package.
"""

from __future__ import annotations

import re
import sys
from keyword import iskeyword
from pathlib import Path
from string import Template

from infra.unavailable import Unavailable

ROOMS = Path(__file__).parent / "rooms"
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 28
"""PostgreSQL cuts names at 63 bytes, and `<namespace>_<domain>_owner` has to fit."""
OURS = ("edge", "kernel", "jobs", "operator", "monitoring", "infra", "provider")
"""Users, folders and processes that are no domains have these names."""


def write(root: Path, name: str) -> list[str]:
    """Writes the domain's files below `root` and returns their paths. Raises Unavailable, and then has written nothing,
    when the name is none or is taken."""
    texts = files(name)
    if taken := _taken(root, name) or [path for path in texts if (root / path).exists()]:
        raise Unavailable(f"{name} is taken: {', '.join(taken)} exists. Nothing was written; choose another name.")
    for path, text in texts.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "x") as file:
            file.write(text)
    return list(texts)


def files(name: str) -> dict[str, str]:
    """The text of each new file by its path. Raises Unavailable for what cannot be a domain's name."""
    _check(name)
    words = {"domain": name, "Domain": "".join(part.capitalize() for part in name.split("_")), "path": name.replace("_", "-")}
    found = {}
    for path in sorted(ROOMS.rglob("*.txt")):
        parts = [re.sub(r"^domain(?=$|\.)", name, part) for part in path.relative_to(ROOMS).with_suffix("").parts]
        found["/".join(parts)] = Template(path.read_text()).substitute(words)
    return found


def _check(name: str) -> None:
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise Unavailable(
            f"{name!r} cannot be a domain's name: small letters, digits and single underscores, a letter first, "
            f"at most {LONGEST} characters. For example: make domain NAME=loyalty"
        )
    if name in OURS or iskeyword(name) or name in sys.stdlib_module_names:
        raise Unavailable(f"{name!r} cannot be a domain's name: it means something else already. Choose another one.")


def _taken(root: Path, name: str) -> list[str]:
    """Whatever has this name in any room, as a module or as a package."""
    rooms = ("contracts", "storage", "storage/migrations", "workers", "edge/routes", "tests")
    places = (f"{room}/{name}{ending}" for room in rooms for ending in ("", ".py"))
    return [place for place in places if (root / place).exists()]
