"""Who asks, and what he may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from edge.problems import Problem

Role: TypeAlias = Literal["admin", "cast", "customer", "guest"]
ROLES: frozenset[str] = frozenset(get_args(Role))


@dataclass(frozen=True, slots=True)
class Principal:
    """The bearer of a verified token. A customer's id is the token's subject, and so is a guest's or a cast's.

    `admin` may do all; a `customer` reads products and stock, and orders, cancels, deposits, pays and reads only for
    himself. A `guest` books a `cast` and the cast receives him. What is somebody else's answers like what does not
    exist: 404.
    """

    subject: str
    roles: frozenset[str]
    expires: float

    @property
    def admin(self) -> bool:
        return "admin" in self.roles

    def must_be(self, *roles: str) -> None:
        """One of these, or an admin. Raises Problem 403."""
        if not self.admin and self.roles.isdisjoint(roles):
            raise Problem("forbidden")

    def may_see(self, customer_id: str) -> bool:
        return self.admin or self.subject == customer_id

    def must_see(self, customer_id: str) -> None:
        """Raises Problem 404, so that nobody learns who else there is."""
        if not self.may_see(customer_id):
            raise Problem("not-found")

    def must_act_for(self, customer_id: str, field: str = "customer_id") -> None:
        """Raises Problem 403 for a body that names somebody else."""
        if not self.may_see(customer_id):
            raise Problem("forbidden", errors=[(field, "must be your own customer id")])
