"""The words in which the tests of booking speak. Times are hours after NOON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from contracts.booking import (
    BeginPledge,
    CancelReservation,
    DeclineReservation,
    ExpireReservation,
    HoldRefused,
    HoldSlot,
    PledgeReservation,
    ReportNoShow,
    ReservationRefused,
    WithdrawReservation,
)
from infra.decision import After, R, Row
from infra.spec import NOON, Spec
from workers.booking import group
from workers.booking.rules.diary import Diary, cast, guest
from workers.booking.rules.pledges import SHORTEST
from workers.booking.rules.state import Plan, Reservation

AIKO = "cast-aiko"


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def plan(*hours: float, plan_id: str = "P", cast_id: str = AIKO, minutes: int = 120, amount: int = 20_000) -> Plan:
    """Bookable at these hours."""
    return Plan(plan_id, cast_id, "夜のお散歩", minutes, amount, "JPY", [at(one).isoformat() for one in hours], True, 1)


def given(*rows: Row) -> Spec:
    return Spec(group, *rows)


def hold(
    name: str, hour: float | None = 6, *, guest_id: str = "", seconds: int = 3600, plan_id: str = "P", **more: Any
) -> HoldSlot:
    """For a guest of the same name unless another is named."""
    return HoldSlot(
        reservation_id=name, plan_id=plan_id, cast_id=more.pop("cast_id", AIKO), guest_id=guest_id or f"guest-{name}",
        starts_at=None if hour is None else at(hour), hold_seconds=seconds, **more,
    )  # fmt: skip


def press(name: str, token: str = "T", guest_id: str = "") -> BeginPledge:
    return BeginPledge(reservation_id=name, guest_id=guest_id or f"guest-{name}", pledge_token=f"{token}-{name}")


def pledge(name: str, token: str = "T", guest_id: str = "") -> PledgeReservation:
    return PledgeReservation(reservation_id=name, guest_id=guest_id or f"guest-{name}", pledge_token=f"{token}-{name}")


def withdraw(name: str, *, cast_id: str = AIKO, beforehand: bool = False) -> WithdrawReservation:
    return WithdrawReservation(reservation_id=name, cast_id=cast_id, beforehand=beforehand)


def decline(name: str, guest_id: str = "") -> DeclineReservation:
    return DeclineReservation(reservation_id=name, guest_id=guest_id or f"guest-{name}")


def cancel(name: str, person_id: str) -> CancelReservation:
    return CancelReservation(reservation_id=name, person_id=person_id)


def missing(name: str, person_id: str = AIKO) -> ReportNoShow:
    """This person was there, and the other was not."""
    return ReportNoShow(reservation_id=name, person_id=person_id)


def expire(name: str) -> ExpireReservation:
    return ExpireReservation(reservation_id=name, cast_id=AIKO)


def timer(name: str, when: datetime) -> After:
    return After(when, expire(name))


def draft(name: str, hour: float = 6, *, until: datetime | None = None, **changes: Any) -> Reservation:
    bare = Reservation(
        name, AIKO, f"guest-{name}", plan().snapshot, at(hour), at(hour + 2), "draft", "", until or at(1), NOON, NOON
    )
    return replace(bare, **changes)


def booked(name: str, hour: float = 6, **changes: Any) -> Reservation:
    return draft(name, hour, status="confirmed", version=2, **changes)


class Nothing:
    """Rows of an empty diary."""

    def get(self, kind: type[R], key: object) -> R | None:
        return None

    def each(self, kind: type[R], keys: Iterable[object]) -> dict[Any, R]:
        return {}


def diary_of(*reservations: Reservation) -> list[Row]:
    """The reservations, with the days in which they stand."""
    diary = Diary(Nothing())
    for one in reservations:
        diary.enter(cast(one.cast_id), one)
        if one.status == "confirmed":
            diary.enter(guest(one.guest_id), one)
    return [*reservations, *(one for one in diary.outcomes() if isinstance(one, Row))]


def pressed(name: str, hour: float = 6, *, seconds_ago: float = SHORTEST.total_seconds(), **changes: Any) -> Reservation:
    """A draft whose guest has been pressing for so long at NOON."""
    since = NOON - timedelta(seconds=seconds_ago)
    return draft(name, hour, pledge_token=f"T-{name}", pressed_at=since, **changes)


def refused(name: str, reason: str, cast_id: str = AIKO) -> ReservationRefused:
    return ReservationRefused(reservation_id=name, cast_id=cast_id, reason=reason)  # type: ignore[arg-type]


def unheld(name: str, reason: str) -> HoldRefused:
    return HoldRefused(reservation_id=name, cast_id=AIKO, reason=reason)  # type: ignore[arg-type]
