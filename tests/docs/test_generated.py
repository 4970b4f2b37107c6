"""What is made from code is as the code says, and the map of requirements claims nothing that no test proves."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import documents
from infra.cli import main
from infra.documents import requirements, schemas, seed_names, served
from infra.documents.requirements import Requirement, mentioned, proven, status_of
from infra.documents.seed_names import Name, mistakes

ROOT = documents.ROOT
GENERATED = documents.generated()


@pytest.mark.parametrize("path", sorted(GENERATED))
def test_it_is_up_to_date(path: str) -> None:
    there = (ROOT / path).read_text() if (ROOT / path).exists() else ""
    assert there == GENERATED[path], "stale: run `make generate`"


def test_nothing_is_left_of_messages_that_are_gone() -> None:
    assert documents.surplus(ROOT, GENERATED) == []


def test_writing_twice_writes_the_same() -> None:
    assert documents.generated() == GENERATED


def test_check_changes_nothing_and_says_whether_something_is_stale() -> None:
    assert main(["generate", "--check"]) == 0


def test_every_requirement_has_a_title_and_one_status() -> None:
    ids = [one.id for one in requirements.read(ROOT)]
    assert len(ids) == len(set(ids))
    assert sum(one.startswith("S") for one in ids) == 320
    assert [one for one in ids if one.startswith("X")] == [f"X-{number}" for number in range(1, 13)]


def test_tests_prove_only_requirements_that_exist() -> None:
    assert proven(ROOT).keys() <= {one.id for one in requirements.read(ROOT)}


def test_only_a_test_makes_a_requirement_done() -> None:
    plain = Requirement("S3-57", "…")
    assert status_of(plain, [], []) == "not yet"
    assert status_of(plain, [], ["edge/app.py"]) == "partly"
    assert status_of(plain, ["tests/t.py"], []) == "done"
    assert status_of(Requirement("S3-57", "…", "partly", "a reason"), ["tests/t.py"], []) == "partly"


def test_done_cannot_be_stated(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "requirements.toml").write_text('[titles.S0]\nS0-1 = "…"\n[stated.done]\nS0-1 = "trust me"\n')
    with pytest.raises(ValueError, match="no status that can be stated"):
        requirements.read(tmp_path)


def test_marks_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text(
        'import pytest\npytestmark = pytest.mark.req("S0-1")\n@pytest.mark.req("S0-2", "X-1")\ndef test_a(): ...\n'
    )
    assert set(proven(tmp_path)) == {"S0-1", "S0-2", "X-1"}


def test_a_range_of_ids_means_everything_in_between(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "one.py").write_text('"""Says (S0-1 … S0-3)."""\n# Because of X-9.\nS = "S4-1"\n')
    assert set(mentioned(tmp_path)) == {"S0-1", "S0-2", "S0-3", "X-9"}


@pytest.mark.req("X-11")
def test_every_seed_name_leads_to_something_that_exists_or_is_not_yet() -> None:
    names = seed_names.read(ROOT)
    assert list(mistakes(names, served.routes())) == []
    literal = {"POST /api/inventory/reserve", "POST /orders/demo-process", "GET /api/v1/users/{id}", "POST /invitation",
               "POST /reservations/{id}/pledge", "user.updated", "MediaUploaded", "予約確定"}  # fmt: skip
    assert literal <= {one.name for one in names}


@pytest.mark.req("X-11")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (Name("a", "X-11", "Events", "order.order-lost.v1"), "no message order.order-lost.v1"),
        (Name("a", "X-11", "Fields", "order.order-failed.v1#colour"), "no field colour"),
        (Name("a", "X-11", "Routes", "GET /v2/orders"), "no route GET /v2/orders"),
        (Name("a", "X-11", "Events", planned="order.order-failed.v1"), "exists by now"),
        (Name("a", "X-11", "Events"), "neither a name of ours"),
    ],
)
def test_a_wrong_entry_is_named(name: Name, sentence: str) -> None:
    assert any(sentence in one for one in mistakes([name], served.routes()))


def test_an_example_that_cannot_be_guessed_asks_for_a_hand() -> None:
    from contracts.inventory import ImportProducts, ReserveStock

    assert '"order_id": "ORDER-123"' in schemas.example_of(ReserveStock)
    with pytest.raises(LookupError, match="write one"):
        schemas.example_of(ImportProducts)


def test_every_setting_and_every_command_is_on_its_page() -> None:
    from infra.settings import Settings

    settings, commands = (ROOT / "docs/settings.md").read_text(), (ROOT / "docs/commands.md").read_text()
    assert [name for name in Settings.model_fields if f"HIKYAKU_{name.upper()}" not in settings] == []
    assert "| `hikyaku services restart` | Stop, then start: workers and edge wait meanwhile and lose nothing. |" in commands
    assert "| `hikyaku token` | Print a development token, alone on standard output. |" in commands
