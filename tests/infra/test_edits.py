"""A dead letter with other content: what is refused, under which id it goes on, and what is said about it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from contracts.inventory import ReplenishStock
from contracts.sealed import Sealed
from infra import domains
from infra import letter as letters
from infra.clock import utcnow
from infra.console.dead import Dead
from infra.console.edit import Edit, differences, edited, sealed, with_fields
from infra.envelope import Envelope
from infra.ids import root
from infra.resend import Door
from infra.topology import declare

DOOR = Door(declare(domains.load_all()), "inventory")
BODY = {"movement_id": "M-1", "sku": "TEA-1", "quantity": 10, "reason": "receive", "actor": "山田太郎"}


def dead(body: dict[str, Any] | None = None, **more: Any) -> Dead:
    letter = letters.write(Envelope.fresh(ReplenishStock(movement_id="M-1", sku="TEA-1", quantity=1, reason="receive"), "test"))
    text = json.dumps(body or BODY)
    found = Dead(str(root()), "inventory", "database", "dead", letter.topic, "CheckViolation", "", letter.headers, text, utcnow())
    return replace(found, key="TEA-1", **more)


def edit(letter: Dead, *fields: str) -> Edit:
    return edited(letter, with_fields(letter, fields), DOOR)


def test_it_goes_on_under_an_id_that_follows_from_the_old_one_and_the_content() -> None:
    letter = dead()
    once, again, other = edit(letter, "quantity=5"), edit(letter, "quantity=5"), edit(letter, "quantity=6")
    assert once.new.id == again.new.id != other.new.id != letter.id
    assert once.new.headers["edited-from"] == letter.id
    assert json.loads(once.new.body) == BODY | {"quantity": 5}
    assert (once.changed, once.before == other.before, once.after == other.after) == (("quantity",), True, False)


def test_what_began_an_operation_goes_on_in_it() -> None:
    letter = dead()
    letter.headers.pop("correlation")
    assert edit(letter, "quantity=5").new.headers["correlation"] == letter.id


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("quantity=-4711000000000", r"quantity \(greater_than_equal\)"),
        ("quantity=0", r"the body \(value_error\)"),
        ("quantity=gone-to-yamada", r"quantity \(int_type\)"),
        ("colour=yamada", r"colour \(extra_forbidden\)"),
        ("sku=山田 さん", r"sku \(string_pattern_mismatch\)"),
        ("lines.0.sku=A", "no lines.0.sku in this letter"),
        ("quantity=10", "Nothing is changed"),
    ],
)
def test_a_content_that_does_not_fit_is_refused_with_the_field_and_without_the_value(field: str, said: str) -> None:
    with pytest.raises(LookupError, match=said) as refused:
        edit(dead(), field)
    assert not {"4711000000000", "yamada", "山田"} & set(str(refused.value).replace("(", " ").split())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"status": "waiting"}, "may still succeed"),
        ({"topic": "payment.charge-payment.v1"}, "inventory takes no payment"),
        ({"id": "raw-0123"}, "it has no id"),
        ({"id": str(UUID(int=0x7000_8000_0000_0000_0000))}, "cannot succeed under any content"),
    ],
)
def test_some_letters_cannot_be_edited(more: dict[str, Any], said: str) -> None:
    with pytest.raises(LookupError, match=said):
        edit(dead(**more), "quantity=5")


def test_nobody_can_put_another_value_where_a_sealed_one_was() -> None:
    box = Sealed(to="shipping", box="QUJD").model_dump()
    assert list(sealed({"order_id": "O", "people": [{"recipient": box}]})) == [("people.0.recipient", box)]
    letter = dead(BODY | {"actor": box})
    with pytest.raises(LookupError, match="actor is sealed") as refused:
        edit(letter, "actor.box=Yamada")
    assert "Yamada" not in str(refused.value)


def test_differences_are_named_by_their_place() -> None:
    before = {"a": 1, "lines": [{"sku": "x", "quantity": 1}], "gone": None}
    assert sorted(differences(before, {"a": True, "lines": [{"sku": "x", "quantity": 2}]})) == ["a", "gone", "lines.0.quantity"]
    assert list(differences({"lines": [1]}, {"lines": [1, 2]})) == ["lines"]
    assert list(differences(None, {"a": 1})) == ["everything"]
