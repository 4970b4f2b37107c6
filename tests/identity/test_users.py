"""Users come, change and are vouched for, as facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.identity import CheckUser, UserChecked, UserCheckRefused
from infra.spec import NOON, Spec
from tests.identity.words import create, created, given, refused, update, updated, user
from workers.identity import group
from workers.identity.rules.emails import canonical
from workers.identity.rules.user import Address, User

TARO, HIS = user(), Address(canonical("taro@example.jp"), "U-1")
LATER = NOON + timedelta(days=1)


@pytest.mark.req("S0-14", "S0-15")
def test_a_user_is_created_once() -> None:
    given().when(create()).then(created()).leaves(TARO, HIS).when(create(), create()).then(created(), created()).leaves(TARO)


@pytest.mark.req("S0-14")
@pytest.mark.parametrize(
    "email", ["TARO@example.jp", "taro@EXAMPLE.jp", "\uff54\uff41\uff52\uff4f@example.jp", "taro@example.jp"]
)
def test_an_address_has_one_user_however_it_is_written(email: str) -> None:
    """Also within one batch, where only the first is there already."""
    given().when(create(), create("U-2", email=email)).then(created(), refused("already_exists", "U-2"))
    spec = given(TARO, HIS).when(create("U-2", email=email)).then(refused("already_exists", "U-2"))
    assert spec.row(User, "U-2") is None


@pytest.mark.parametrize("other", [create(name="次郎"), create(email="jiro@example.jp"), create(email="Taro@example.jp")])
def test_an_id_that_is_taken_is_not_given_to_another(other: object) -> None:
    given(TARO, HIS).when(other).then(refused("already_exists")).leaves(TARO, HIS)  # type: ignore[arg-type]


def test_what_is_no_address_is_refused() -> None:
    given().when(create(email="nobody")).then(refused("invalid_email"))
    given(TARO, HIS).when(update(email="nobody")).then(refused("invalid_email")).leaves(TARO)


@pytest.mark.req("S0-23", "S0-24")
def test_every_change_is_told_with_the_next_version() -> None:
    spec = given(TARO, HIS).when(update(name="太郎丸"), now=LATER).then(updated(2, "太郎丸"))
    spec.leaves(replace(TARO, name="太郎丸", version=2, updated_at=LATER), HIS)
    spec.when(update(status="suspended"), now=LATER).then(updated(3, "太郎丸", status="suspended"))
    spec.when(update(status="suspended"), now=LATER).then(updated(3, "太郎丸", status="suspended"))


@pytest.mark.req("S0-23")
def test_a_new_address_sets_the_old_one_free() -> None:
    spec = given(TARO, HIS).when(update(email="new@example.jp")).then(updated(2, email="new@example.jp"))
    spec.leaves(Address("new@example.jp", "U-1"))
    assert spec.row(Address, HIS.email_index) is None
    spec.when(create("U-2")).then(created("U-2"))


def test_an_address_may_change_its_case_and_stays_taken() -> None:
    given(TARO, HIS).when(update(email="Taro@example.jp")).then(updated(2, email="Taro@example.jp")).leaves(HIS)


def test_the_address_of_another_is_not_to_be_had() -> None:
    jiro = [user("U-2", email="jiro@example.jp"), Address("jiro@example.jp", "U-2")]
    given(TARO, HIS, *jiro).when(update(email="JIRO@example.jp")).then(refused("already_exists")).leaves(TARO, HIS, *jiro)


@pytest.mark.req("S0-23")
def test_a_change_of_what_was_changed_meanwhile_is_a_conflict() -> None:
    changed = replace(TARO, version=3)
    given(changed, HIS).when(update(name="次郎", version=2)).then(refused("conflict")).leaves(changed)
    given(changed, HIS).when(update(name="次郎", version=3)).then(updated(4, "次郎"))
    given(changed, HIS).when(update(name="太郎", version=2)).then(updated(3))


def test_nobody_is_changed_who_is_not_there() -> None:
    given().when(update(name="次郎")).then(refused("unknown_user"))


@pytest.mark.req("S0-44")
def test_a_user_is_vouched_for_while_active() -> None:
    asked = CheckUser(request_id="TASK-1", user_id="U-1")
    yes = UserChecked(request_id="TASK-1", user_id="U-1", name="太郎", status="active", version=1)
    no = {"request_id": "TASK-1", "user_id": "U-1"}
    Spec(group, TARO).when(asked).then(yes)
    Spec(group, replace(TARO, status="suspended")).when(asked).then(UserCheckRefused(**no, reason="inactive_user"))
    Spec(group).when(asked).then(UserCheckRefused(**no, reason="unknown_user"))
    assert (yes.subject, yes.partition_key) == ("TASK-1", "U-1")
