"""What was written once must be understood for ever: an example of each message, as its first version wrote it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.message import Message, catalogue

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_old_bytes_still_parse_and_nothing_of_them_is_lost(path: Path) -> None:
    old = json.loads(path.read_text())
    new = catalogue()[path.stem].model_validate_json(path.read_bytes()).model_dump(mode="json")
    assert _kept(old, new)


@pytest.mark.parametrize("topic", sorted(catalogue()))
def test_every_message_has_its_example(topic: str) -> None:
    assert (GOLDEN / f"{topic}.json").exists(), "run `make generate`"


@pytest.mark.parametrize("kind", [kind for _, kind in sorted(catalogue().items())], ids=lambda kind: kind.topic)
def test_a_message_survives_its_own_json(kind: type[Message]) -> None:
    message = kind.model_validate_json((GOLDEN / f"{kind.topic}.json").read_bytes())
    assert kind.model_validate_json(message.model_dump_json()) == message
    assert message.subject and message.partition_key


@pytest.mark.req("X-12", "S3-46")
@pytest.mark.parametrize("written", ["ORDER-123", "user-001", "7", "01a1fbc8-718a-786d-ae31-3667882fa032"])
def test_an_id_of_any_shape_is_an_opaque_string(written: str) -> None:
    command = catalogue()["inventory.release-reservation.v1"]
    assert command.model_validate_json(json.dumps({"order_id": written})).subject == written


@pytest.mark.req("X-12")
@pytest.mark.parametrize("written", ["", "-1", "a b", "a/b", "é", "x" * 65, "a\n"])
def test_what_no_id_can_be_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="order_id"):
        catalogue()["inventory.release-reservation.v1"].model_validate_json(json.dumps({"order_id": written}))


def _kept(old: Any, new: Any) -> bool:
    """Every value of the old is in the new, which may have more fields."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(name in new and _kept(value, new[name]) for name, value in old.items())
    if isinstance(old, list):
        return isinstance(new, list) and len(old) == len(new) and all(map(_kept, old, new))
    return bool(old == new)
