"""Users (S0-14, S0-22, S0-23). Whoever bears a token may register himself under its subject; an admin anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, Field

from contracts.identity import CreateUser, GetUser, UpdateUser, UserAnswer, UserCreated, UserUpdated
from contracts.message import Id
from edge.calls import Call, Intent
from edge.emails import Email
from edge.endpoints import Routes
from edge.fields import Label, Request
from edge.problems import Problem
from infra import ids

routes = Routes("users")

USERS = routes.keep("users", 1800, "user_id", UserCreated, UserUpdated)
"""For half an hour (S3-65)."""

PersonName = Annotated[Label, Field(max_length=100)]


class NewUser(Request):
    """Without a `user_id` a customer gets the one he has, and an admin's new user a fresh one."""

    name: PersonName
    email: Email
    user_id: Id | None = None


class Changes(Request):
    """What is left out stays as it is. `version` is the one that was read: a change since then is a conflict."""

    name: PersonName = ""
    email: Email = ""
    status: Literal["active", "suspended"] = ""  # type: ignore[assignment]  # left out
    version: Annotated[int, Field(ge=1)] = 0


class SeedUser(BaseModel):
    """The table `users` of the seed (S0-14), without the password that is not kept here."""

    id: str
    name: str
    email: str | None
    status: str
    created_at: datetime
    updated_at: datetime


@routes.post("/v1/users", NewUser, ids=("user_id",))
async def register(call: Call[NewUser]) -> Intent:
    """Register a user."""
    body, principal = call.body, call.principal
    user_id = body.user_id or (str(ids.root()) if principal.admin else principal.subject)
    principal.must_act_for(user_id, "user_id")
    command = CreateUser(user_id=user_id, name=body.name, email=call.edge.seal("identity", body.email.encode()))
    return Intent(command, {"user_id": user_id}, {"user": f"/v1/users/{user_id}"}, stale=((USERS, user_id),))


@routes.get("/v1/users/{user_id}", UserAnswer)
async def user(call: Call[None]) -> bytes:
    """A user: oneself, or anybody for an admin."""
    user_id = call.id("user_id")
    call.principal.must_see(user_id)
    return await call.ask_kept(USERS, user_id, GetUser(user_id=user_id))


@routes.get("/api/v1/users/{user_id}", SeedUser)
async def seed_user(call: Call[None]) -> bytes:
    """The same as the seed writes it."""
    found = orjson.loads(await user(call))
    return SeedUser.model_validate({**found, "id": found["user_id"]}).model_dump_json().encode()


@routes.patch("/v1/users/{user_id}", Changes, ids=("user_id",))
async def change(call: Call[Changes]) -> Intent:
    """Change a user's name, address or status."""
    user_id, body = call.id("user_id"), call.body
    call.principal.must_see(user_id)
    if not body.model_fields_set - {"version"}:
        raise Problem("invalid-request", errors=[("body", "must change something")])
    if body.status and not call.principal.admin:
        raise Problem("forbidden", errors=[("status", "is an admin's to change")])
    command = UpdateUser(
        user_id=user_id,
        name=body.name,
        email=call.edge.seal("identity", body.email.encode()) if body.email else None,
        status=body.status,
        version=body.version,
    )
    return Intent(command, {"user_id": user_id}, {"user": f"/v1/users/{user_id}"}, stale=((USERS, user_id),))
