"""Owns users. Never knows what they do elsewhere; others keep the copy of a user that they need."""

from contracts.identity import CheckUser, CreateUser, GetUser, UpdateUser
from infra.group import Group
from infra.settings import lanes_of
from storage import identity as tables
from workers.identity import queries, seal
from workers.identity.rules import users
from workers.identity.rules.user import Address, User

group = Group(
    "identity",
    tables={User: tables.users, Address: tables.address},
    aggregates={"user": User},
    partitions=lanes_of("identity"),
    metadata=tables.metadata,
)

group.on(CreateUser, users.creating(seal.read))
group.on(UpdateUser, users.updating(seal.read))
group.on(CheckUser, users.check_user)
group.answers(GetUser, queries.opening(seal.read))
