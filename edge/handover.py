"""Between the intake and the group's relay, which exists only once the broker was reached.

The edge accepts while RabbitMQ is away, also from its first second. What it commits before there is a relay belongs to
nobody who lives, and the relay's sweep adopts it, as it adopts what a dead process left.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from infra import ids
from infra.member import Member
from infra.outbox import Bundle


class Handover:
    def __init__(self, member: Member) -> None:
        self._member = member
        self._nobody = ids.root()
        self.started = False

    @property
    def owner(self) -> UUID:
        return self._member.owner if self.started else self._nobody

    def put(self, bundle: Bundle) -> None:
        if self.started:
            self._member.relay.put(bundle)

    def confirmed(self) -> list[UUID]:
        return self._member.relay.confirmed() if self.started else []

    def forgotten(self, bundles: Sequence[UUID]) -> None:
        if self.started:
            self._member.relay.forgotten(bundles)
