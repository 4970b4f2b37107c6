"""The page that tells how to add a message, a domain and a saga is followed, block by block, in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("contracts", "infra", "storage", "workers", "edge", "tests", "docs")
BLOCK = re.compile(r"^```(?:python|sql)\n(?:#|--) (new|add to): (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str, str]]:
    """`new` or `add to`, the file and its text."""
    return BLOCK.findall((ROOT / "docs" / "extending.md").read_text())


def apply(copy: Path, block: tuple[str, str, str]) -> None:
    action, name, text = block
    path = copy / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if action == "new" else path.read_text() + text)


LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def run(copy: Path, *arguments: str) -> str:
    """What Python said; asserts that it went well."""
    done = subprocess.run([sys.executable, *arguments], cwd=copy, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project as it is, without caches and virtual environment."""
    folder = tmp_path_factory.mktemp("copy")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(ROOT / "LICENSE", folder)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.req("S2-116")
def test_a_domain_a_message_and_a_saga_are_added_as_the_page_says(copy: Path) -> None:
    followed = blocks()
    assert len(followed) > 12
    domain = next(n for n, (_, name, _) in enumerate(followed) if name.startswith("tests/")) + 1
    for block in followed[:domain]:
        apply(copy, block)
    assert "1 passed" in run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/loyalty")
    for block in followed[domain:]:
        apply(copy, block)
    assert "3 passed" in run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/loyalty")


@pytest.mark.req("S2-116")
def test_what_was_added_passes_the_checks_of_the_house(copy: Path) -> None:
    rooms = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/architecture/test_rooms.py")
    assert "passed" in rooms and "failed" not in rooms
    assert "0 broken" in run(copy, "-c", LINT)
    said = run(copy, "-m", "infra.cli", "generate")
    assert "wrote docs/schemas/loyalty.redeem-points.v1.json" in said
    assert "wrote tests/contracts/golden/loyalty.redeem-points.v1.json" in said
    assert "loyalty.points-given.v1" in (copy / "docs" / "asyncapi.json").read_text()
    assert "/v1/points/{customer_id}/gifts" in (copy / "docs" / "openapi.json").read_text()
