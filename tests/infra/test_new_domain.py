"""`make domain`: what it writes is small and real, passes every check of the house, and starts with the others."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra import domains, skeleton
from infra.documents import ROOT
from infra.provision import drop
from infra.unavailable import Unavailable
from tests.conftest import fresh
from tests.journeys.shop import ONE, Shop
from tests.servers import Servers

ROOMS = ("contracts", "infra", "storage", "workers", "edge", "tests", "docs", "requirements")
FILES = ("pyproject.toml", "LICENSE", "README.md", "README.ja.md", "CHANGELOG.md", "Makefile")
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def run(copy: Path, *arguments: str) -> str:
    """What Python said; asserts that it went well."""
    done = subprocess.run([sys.executable, *arguments], cwd=copy, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project with a domain `loyalty` made by the command."""
    folder = tmp_path_factory.mktemp("copy")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    if (ROOT / ".mypy_cache").exists():
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
    said = run(folder, "-m", "infra.cli", "domain", "loyalty")
    assert "wrote workers/loyalty/rules/entries.py" in said and "wrote docs/schemas/loyalty.record-entry.v1.json" in said
    yield folder
    shutil.rmtree(folder)


def test_it_passes_the_linters(copy: Path) -> None:
    run(copy, "-m", "ruff", "check", "--no-cache", ".")
    made = [path for path in skeleton.files("loyalty") if path.endswith(".py")]
    run(copy, "-m", "ruff", "format", "--no-cache", "--check", *made)
    parts = ("contracts.loyalty", "storage.loyalty", "workers.loyalty", "edge.routes.loyalty", "tests.loyalty")
    run(copy, "-m", "mypy", *(word for part in parts for word in ("-p", part)))
    assert "0 broken" in run(copy, "-c", LINT)


@pytest.mark.parametrize("name", ["a", "a" * 28, "zzz_zzz_zzz_zzz_zzz_zzz_zzz"])
def test_every_name_gives_well_laid_out_files(name: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "*.csv", "*.json"))
    skeleton.write(tmp_path, name)
    run(tmp_path, "-m", "ruff", "check", "--no-cache", ".")
    run(tmp_path, "-m", "ruff", "format", "--no-cache", "--check", ".")


def test_it_passes_its_own_tests_and_those_of_the_house(copy: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIKYAKU_AMQP_URL", servers.amqp_url)
    monkeypatch.setenv("HIKYAKU_MANAGEMENT_URL", servers.management_url)
    monkeypatch.setenv("HIKYAKU_DATABASE_URL", servers.database_url)
    house = ("tests/architecture/test_rooms.py", "tests/docs/test_generated.py", "tests/docs/test_pages.py")
    schema = "tests/architecture/test_schema.py::test_migrations_make_the_declared_tables[loyalty]"
    said = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/loyalty", schema, *house)
    assert "passed" in said and "failed" not in said


@pytest.mark.req("S2-116")
def test_it_starts_with_the_others_and_is_reached_over_http(copy: Path, servers: Servers, tmp_path: Path) -> None:
    settings = fresh(servers, tmp_path)
    shop = Shop(settings, ONE, root=copy)
    try:
        shop.start()
        headers = {"Authorization": f"Bearer {shop.token('ito', 'customer')}", "Prefer": "wait=15"}
        entry, stranger = "/v1/loyalty/entries/E-1", {"Authorization": f"Bearer {shop.token('ono', 'customer')}"}
        with httpx.Client(base_url=shop.url, headers=headers, timeout=30, trust_env=False) as http:
            made = http.put(entry, json={"text": "こんにちは"})
            assert made.status_code == 200, made.text
            assert made.json()["result"] == {"entry_id": "E-1", "customer_id": "ito", "text": "こんにちは"}
            refused = http.put(entry, json={"text": "Other"})
            assert (refused.status_code, refused.json()["reason"]) == (409, "already_exists")
            assert http.get(entry).json()["text"] == "こんにちは"
            assert http.get(entry, headers=stranger).status_code == 404
    finally:
        shop.stop()
        asyncio.run(drop(settings, [*domains.names(), "loyalty", "edge"]))


WRONG = ["order", "message", "edge", "json", "class", "Loyalty", "my-shop", "a__b", "../x", "", "x" * 29]


@pytest.mark.parametrize("name", WRONG)
def test_a_name_that_is_taken_or_none_is_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    for room in ("contracts", "workers"):
        shutil.copytree(ROOT / room, tmp_path / room)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(Unavailable, match=r"cannot be a domain's name|is taken"):
        skeleton.write(tmp_path, name)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_name_that_only_one_room_knows_is_taken(tmp_path: Path) -> None:
    (tmp_path / "storage" / "migrations" / "loyalty").mkdir(parents=True)
    with pytest.raises(Unavailable, match="storage/migrations/loyalty exists"):
        skeleton.write(tmp_path, "loyalty")
    assert not (tmp_path / "contracts").exists()
