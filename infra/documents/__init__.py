"""Everything in `docs/` that is made from code: written by `hikyaku generate`, and a test fails when it is stale.

| file | made from |
| --- | --- |
| schemas/<topic>.json | the contracts |
| openapi.json, asyncapi.json | the edge's own functions, the same that serve them |
| seed-names.md | seed_names.toml, the contracts and the edge's routes |
| commands.md, settings.md | the modules of the commands and settings |
| requirements.md | requirements.toml, `@pytest.mark.req` in the tests, and the ids that code mentions |
"""

from __future__ import annotations

from pathlib import Path

from contracts.message import catalogue
from infra.documents import program, requirements, schemas, seed_names, served

ROOT = Path(__file__).parents[2]


def generated(root: Path = ROOT) -> dict[str, str]:
    """The text of each file by its path below `root`. Reads the tree and imports contracts and edge; writes nothing."""
    found = {f"docs/schemas/{topic}.json": text for topic, text in schemas.texts().items()}
    found |= {f"docs/{name}.json": text for name, text in served.texts().items()}
    found["docs/seed-names.md"] = seed_names.text(root, served.routes())
    found["docs/commands.md"], found["docs/settings.md"] = program.commands(root), program.settings(root)
    found["docs/requirements.md"] = requirements.text(root)
    return found


def surplus(root: Path, kept: dict[str, str]) -> list[str]:
    """Schemas of messages that no longer exist."""
    there = sorted(path.relative_to(root).as_posix() for path in (root / "docs" / "schemas").glob("*.json"))
    return [path for path in there if path not in kept]


def examples(root: Path) -> dict[str, str]:
    """The golden examples that are missing. Written once: what they hold must be understood for ever."""
    paths = {f"tests/contracts/golden/{topic}.json": kind for topic, kind in sorted(catalogue().items())}
    return {path: schemas.example_of(kind) for path, kind in paths.items() if not (root / path).exists()}
