"""The published language of identity: users (S0-14, S0-22 … S0-24). An e-mail address travels sealed and only so."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import Field

from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.sealed import Sealed

UserStatus: TypeAlias = Literal["active", "suspended"]


# What happened


class UserCreated(Event):
    """All of the user as he is now. `version` grows by one with each change: a listener keeps the highest it heard."""

    topic, about, aggregate = "identity.user-created.v1", "user_id", "user"
    user_id: str
    name: str
    email: Sealed
    status: UserStatus
    version: int


class UserUpdated(UserCreated):
    """The seed's `user.updated` (S0-24)."""

    topic = "identity.user-updated.v1"


class UserRefused(Refusal):
    """`already_exists`: somebody has this id or this address. `conflict`: it was changed since that version.

    `invalid_email`: what is sealed is no address that identity can read.
    """

    topic, about = "identity.user-refused.v1", "user_id"
    user_id: str
    reason: Literal["already_exists", "unknown_user", "conflict", "invalid_email"]


class UserChecked(Event):
    """The user exists and is active. It is about the request, so that a saga of that id finds it."""

    topic, about, key = "identity.user-checked.v1", "request_id", "user_id"
    request_id: str
    user_id: str
    name: str
    status: UserStatus
    version: int


class UserCheckRefused(Refusal):
    topic, about, key = "identity.user-check-refused.v1", "request_id", "user_id"
    request_id: str
    user_id: str
    reason: Literal["unknown_user", "inactive_user"]


# What can be asked of identity


class CreateUser(Command):
    """The same user again is told again. No two users share an address, in whatever case and form it is written."""

    topic, about = "identity.create-user.v1", "user_id"
    succeeds, fails = (UserCreated,), (UserRefused,)
    user_id: Id
    name: str = Field(min_length=1, max_length=100)
    email: Sealed


class UpdateUser(Command):
    """What is left out stays. `version` refuses a change of what somebody else has changed meanwhile; 0 does not mind."""

    topic, about = "identity.update-user.v1", "user_id"
    succeeds, fails = (UserUpdated,), (UserRefused,)
    user_id: Id
    name: str = Field(default="", max_length=100)
    email: Sealed | None = None
    status: Literal["", "active", "suspended"] = ""
    version: int = Field(default=0, ge=0)


class CheckUser(Command):
    """Whether a user exists and is active, for a saga that must know (S0-44). `request_id` is the saga's key."""

    topic, about, key = "identity.check-user.v1", "request_id", "user_id"
    succeeds, fails = (UserChecked,), (UserCheckRefused,)
    request_id: Id
    user_id: Id


# What can be asked about


class UserAnswer(Answer):
    """`email` is None when its seal cannot be opened any more."""

    user_id: str
    name: str
    email: str | None
    status: UserStatus
    version: int
    created_at: datetime
    updated_at: datetime


class GetUser(Query):
    topic, about = "identity.get-user.v1", "user_id"
    user_id: Id
