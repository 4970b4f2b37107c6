"""Whoever comes and changes in whatever order: one address, one user, and versions without gaps."""

from __future__ import annotations

from collections import Counter

from hypothesis import given as history
from hypothesis import strategies as st

from contracts.identity import UserCreated
from contracts.message import Message
from contracts.sealed import Sealed
from tests.identity.words import create, given, opened, update
from workers.identity.rules.user import Address, User

WHO = st.sampled_from(["U-1", "U-2", "U-3"])
EMAIL = st.sampled_from(["a@x.jp", "A@x.jp", "b@x.jp", "c@X.jp", "nobody"])
NAME = st.sampled_from(["太郎", "花子"])
CREATE = st.builds(create, WHO, NAME, EMAIL)
UPDATE = st.builds(
    lambda user_id, name, email, version: update(user_id, name=name, email=email, version=version),
    WHO, NAME | st.just(""), EMAIL | st.just(""), st.integers(0, 3),
)  # fmt: skip


@history(st.lists(st.lists(CREATE | UPDATE, min_size=1, max_size=6), max_size=6))
def test_one_address_is_one_users_and_every_change_is_told(batches: list[list[Message]]) -> None:
    spec, told = given(), Counter[tuple[str, int]]()
    for batch in batches:
        spec.when(*batch)
        told.update((one.user_id, one.version) for one in spec.sent if isinstance(one, UserCreated))
    users = {row.key: row for row in spec.rows.values() if isinstance(row, User)}
    owned = {row.user_id: row.email_index for row in spec.rows.values() if isinstance(row, Address)}
    assert owned == {key: user.email_index for key, user in users.items()}
    assert len(set(owned.values())) == len(owned)
    for key, user in users.items():
        assert opened(Sealed.model_validate(user.email)).digest == user.email_index
        assert {version for who, version in told if who == key} == set(range(1, user.version + 1))
