"""The words in which the tests of identity speak. A box here is the address itself: sealing has its own tests."""

from __future__ import annotations

from contracts.identity import CreateUser, UpdateUser, UserCreated, UserRefused, UserStatus, UserUpdated
from contracts.sealed import Sealed
from infra.decision import Row
from infra.group import Group
from infra.spec import NOON, Spec
from storage import identity as tables
from workers.identity.rules import users
from workers.identity.rules.emails import Written, canonical
from workers.identity.rules.user import Address, User


def sealed(email: str) -> Sealed:
    return Sealed(to="identity", box=email)


def opened(sealed: Sealed) -> Written:
    if "@" not in sealed.box:
        raise ValueError("no address")
    return Written(sealed.box, canonical(sealed.box))


group = Group(
    "identity",
    tables={User: tables.users, Address: tables.address},
    aggregates={"user": User},
    metadata=tables.metadata,
)
group.on(CreateUser, users.creating(opened))
group.on(UpdateUser, users.updating(opened))


def given(*rows: Row) -> Spec:
    return Spec(group, *rows)


def create(user_id: str = "U-1", name: str = "太郎", email: str = "taro@example.jp") -> CreateUser:
    return CreateUser(user_id=user_id, name=name, email=sealed(email))


def update(user_id: str = "U-1", *, email: str = "", **changes: object) -> UpdateUser:
    given = {"user_id": user_id, "email": sealed(email) if email else None} | changes
    return UpdateUser.model_validate(given)


def user(user_id: str = "U-1", name: str = "太郎", email: str = "taro@example.jp", version: int = 1) -> User:
    return User(user_id, name, sealed(email).model_dump(), canonical(email), "active", version, NOON, NOON)


def created(user_id: str = "U-1", name: str = "太郎", email: str = "taro@example.jp") -> UserCreated:
    return UserCreated(user_id=user_id, name=name, email=sealed(email), status="active", version=1)


def updated(version: int, name: str = "太郎", email: str = "taro@example.jp", status: UserStatus = "active") -> UserUpdated:
    return UserUpdated(user_id="U-1", name=name, email=sealed(email), status=status, version=version)


def refused(reason: str, user_id: str = "U-1") -> UserRefused:
    return UserRefused.model_validate({"user_id": user_id, "reason": reason})
