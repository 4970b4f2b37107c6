"""Each import rule was seen to fail: a copy of the sources gets one forbidden line, and the rule that minds is named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("contracts", "infra", "storage", "workers", "edge")

VIOLATIONS = {
    "domains": ("workers/inventory/queries.py", "import workers.payment.rules"),
    "tables": ("storage/order.py", "import storage.inventory"),
    "contracts": ("contracts/payment/wallets.py", "import contracts.inventory"),
    "pure": ("workers/inventory/rules/__init__.py", "import random"),
    "words": ("workers/inventory/rules/__init__.py", "import infra.outbox"),
    "edge": ("edge/problems.py", "import storage.order"),
    "layers": ("infra/ids.py", "import storage.order"),
}


def lint(folder: Path, *rules: str) -> subprocess.CompletedProcess[str]:
    chosen = [word for rule in rules for word in ("--contract", rule)]
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo", *chosen]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "*.html", "*.csv"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_sources_keep_every_rule() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("rule", VIOLATIONS)
def test_a_forbidden_import_is_caught_by_its_rule(rule: str, copy: Path) -> None:
    file, line = VIOLATIONS[rule]
    path = copy / file
    before = path.read_text()
    try:
        path.write_text(f"{before}\n{line}\n")
        done = lint(copy, rule)
    finally:
        path.write_text(before)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout


@pytest.mark.parametrize("line", ["datetime.now()", "uuid4()", "random.random()"])
@pytest.mark.parametrize(
    ("file", "caught"), [("rules.py", True), ("rules/holding.py", True), ("jobs.py", False), ("queries.py", False)]
)
def test_only_a_rule_may_not_ask_for_time_or_chance(line: str, file: str, caught: bool, tmp_path: Path) -> None:
    path = tmp_path / "workers/inventory" / file
    path.parent.mkdir(parents=True)
    path.write_text(f"import random\nfrom datetime import datetime\nfrom uuid import uuid4\n\nMOMENT = {line}\n")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ("TID251" in done.stdout) is caught, done.stdout
