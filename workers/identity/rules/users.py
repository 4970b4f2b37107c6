"""Users come, change and are vouched for. One address, one user, whoever comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from contracts.identity import (
    CheckUser,
    CreateUser,
    UpdateUser,
    UserChecked,
    UserCheckRefused,
    UserCreated,
    UserRefused,
    UserUpdated,
)
from contracts.sealed import Sealed
from infra.decision import Decision, Gone, Outcomes, Rows
from workers.identity.rules.emails import Emails, Written
from workers.identity.rules.user import Address, User


def creating(emails: Emails) -> Decision[CreateUser]:
    """The rule with a way to read addresses."""

    def create_user(command: CreateUser, rows: Rows, now: datetime) -> Outcomes:
        known = rows.get(User, command.user_id)
        wanted = _read(emails, command.email)
        if wanted is None:
            yield _refused(command.user_id, "invalid_email")
        elif known:
            same = known.name == command.name and _read(emails, _sealed(known)) == wanted
            yield _told(UserCreated, known) if same else _refused(command.user_id, "already_exists")
        elif rows.get(Address, wanted.digest):
            yield _refused(command.user_id, "already_exists")
        else:
            email = command.email.model_dump()
            user = User(command.user_id, command.name, email, wanted.digest, "active", 1, now, now)
            yield user
            yield Address(wanted.digest, user.user_id)
            yield _told(UserCreated, user)

    return create_user


def updating(emails: Emails) -> Decision[UpdateUser]:
    """The rule with a way to read addresses."""

    def update_user(command: UpdateUser, rows: Rows, now: datetime) -> Outcomes:
        """What is so already is told again, whatever the version; nothing is saved."""
        user = rows.get(User, command.user_id)
        if user is None:
            yield _refused(command.user_id, "unknown_user")
            return
        wanted = _read(emails, command.email) if command.email else None
        if command.email and wanted is None:
            yield _refused(user.user_id, "invalid_email")
            return
        changed = replace(user, name=command.name or user.name, status=command.status or user.status)
        if command.email and wanted and _read(emails, _sealed(user)) != wanted:
            changed = replace(changed, email=command.email.model_dump(), email_index=wanted.digest)
        if changed == user:
            yield _told(UserUpdated, user)
            return
        holder = rows.get(Address, changed.email_index)
        if command.version not in (0, user.version):
            yield _refused(user.user_id, "conflict")
        elif holder and holder.user_id != user.user_id:
            yield _refused(user.user_id, "already_exists")
        else:
            changed = replace(changed, version=user.version + 1, updated_at=now)
            yield changed
            if holder is None and rows.get(Address, user.email_index):
                yield Gone(Address, user.email_index)
                yield Address(changed.email_index, user.user_id)
            yield _told(UserUpdated, changed)

    return update_user


def check_user(command: CheckUser, rows: Rows, now: datetime) -> Outcomes:
    user = rows.get(User, command.user_id)
    if user is None or user.status != "active":
        reason: Literal["unknown_user", "inactive_user"] = "inactive_user" if user else "unknown_user"
        yield UserCheckRefused(request_id=command.request_id, user_id=command.user_id, reason=reason)
    else:
        yield UserChecked(
            request_id=command.request_id, user_id=user.user_id, name=user.name, status=user.status, version=user.version
        )


def _read(emails: Emails, sealed: Sealed) -> Written | None:
    try:
        return emails(sealed)
    except ValueError:
        return None


def _sealed(user: User) -> Sealed:
    return Sealed.model_validate(user.email)


def _told(kind: type[UserCreated], user: User) -> UserCreated:
    return kind(user_id=user.user_id, name=user.name, email=_sealed(user), status=user.status, version=user.version)


def _refused(user_id: str, reason: Literal["already_exists", "unknown_user", "conflict", "invalid_email"]) -> UserRefused:
    return UserRefused(user_id=user_id, reason=reason)
