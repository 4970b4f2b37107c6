"""The saga engine on a journey that no domain of ours makes: a flight, a hotel, and then the passport is stamped."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.message import Command, Event, Message, Refusal
from infra.decision import After, Cancel, Outcomes, R, Row, Rows
from infra.process import Alternative, No, Process, Progress, Sagas, State, Step, nothing
from infra.process.progress import HISTORY
from infra.process.step import LONGEST_WAIT, UNDO_AGAIN
from infra.spec import NOON


class Book(Command):
    topic, about = "trip.book.v1", "trip"
    trip: str
    what: str


class Unbook(Book):
    topic = "trip.unbook.v1"


class Ring(Command):
    topic, about = "trip.ring.v1", "trip"
    trip: str
    asks: int


class FlightBooked(Event):
    topic, about = "trip.flight-booked.v1", "trip"
    trip: str


class FlightUnbooked(FlightBooked):
    topic = "trip.flight-unbooked.v1"


class HotelBooked(FlightBooked):
    topic = "trip.hotel-booked.v1"


class HotelFull(Refusal):
    topic, about = "trip.hotel-full.v1", "trip"
    trip: str
    reason: str = "full"


class Stamped(FlightBooked):
    topic = "trip.stamped.v1"


class Ended(Event):
    topic, about = "trip.ended.v1", "trip"
    trip: str
    how: str


@dataclass(frozen=True, slots=True)
class Trip(Progress):
    trip: str
    tents: int = 0
    saga: str = ""
    version: int = 1
    state: State = "running"
    backwards: bool = False
    step: str = ""
    waits_for: str = ""
    attempts: int = 0
    asks: int = 0
    deadline: datetime | None = None
    failed: str = ""
    reason: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    updated_at: datetime = NOON
    cause: str = ""


@dataclass
class Known:
    """Rows of a test: what was yielded last."""

    rows: dict[Any, Row] = field(default_factory=dict)

    def get(self, kind: type[R], key: object) -> R | None:
        found = self.rows.get(key)
        return found if isinstance(found, kind) else None

    def each(self, kind: type[R], keys: Iterable[object]) -> dict[Any, R]:
        return {key: row for key in keys if (row := self.get(kind, key)) is not None}


def book(what: str) -> Any:
    return lambda trip: Book(trip=trip.trip, what=what)


def unbook(what: str) -> Any:
    return lambda trip: Unbook(trip=trip.trip, what=what)


def camp(trip: Trip, rows: Rows) -> Trip | No:
    return trip.moved(tents=1) if trip.tents == 0 else No("no tents")


def ends(how: str) -> Any:
    def ending(trip: Trip) -> Outcomes:
        yield trip
        yield Ended(trip=trip.trip, how=how)

    return ending


FLIGHT: Step[Trip] = Step(
    name="flight", participant="airline", do=book("flight"), done=FlightBooked, undo=unbook("flight"),
    undone=FlightUnbooked, retries=1,
)  # fmt: skip
HOTEL: Step[Trip] = Step(
    name="hotel", participant="hotel", do=book("hotel"), done=HotelBooked, refused=HotelFull, undo=unbook("hotel"),
    otherwise=Alternative(mode="camping", take=camp, abandon=unbook("hotel")),
)  # fmt: skip
STAMP: Step[Trip] = Step(name="stamp", participant="consulate", do=book("stamp"), done=Stamped)


def journey(*steps: Step[Trip], version: int = 1, closed: tuple[str, ...] = ()) -> Process[Trip]:
    return Process(
        name="journey", version=version, steps=steps or (FLIGHT, HOTEL, STAMP), pivot="stamp",
        overdue=lambda trip: Ring(trip=trip.trip, asks=trip.asks),
        completed=ends("completed"), compensated=ends("compensated"), stuck=ends("stuck"), resumed=lambda trip: trip,
        blocked=lambda trip, participant, silent, rows: participant in closed,
    )  # fmt: skip


class Telling:
    """`tell(message)` answers what goes out; rows are kept."""

    def __init__(self, *processes: Process[Trip]) -> None:
        self.rows = Known()
        self.sagas = Sagas(Trip, processes)
        self._take(processes[-1].start(Trip("rome"), self.rows, NOON))

    def tell(self, message: Message) -> list[Any]:
        if isinstance(message, Ring):
            return self._take(self.sagas.silence(message.trip, message.asks, self.rows, NOON))
        return self._take(self.sagas.answer(message, self.rows, NOON))

    @property
    def trip(self) -> Trip:
        found = self.rows.get(Trip, "rome")
        assert found is not None
        return found

    def _take(self, outcomes: Outcomes) -> list[Any]:
        sent = []
        for outcome in outcomes:
            if isinstance(outcome, Row):
                self.rows.rows[outcome.key] = outcome
            elif not isinstance(outcome, After | Cancel):
                sent.append(outcome)
        return sent


FLEW, UNFLEW, SLEPT, FULL, STAMPED = (
    kind(trip="rome") for kind in (FlightBooked, FlightUnbooked, HotelBooked, HotelFull, Stamped)
)
SOUGHT = {what: Book(trip="rome", what=what) for what in ("flight", "hotel", "stamp")}
UNDOES = {what: Unbook(trip="rome", what=what) for what in ("flight", "hotel")}


@pytest.mark.req("S3-43")
def test_the_steps_follow_one_another_to_the_end() -> None:
    saga = Telling(journey())
    assert saga.tell(FLEW) == [SOUGHT["hotel"]]
    assert saga.tell(SLEPT) == [SOUGHT["stamp"]]
    assert saga.tell(STAMPED) == [Ended(trip="rome", how="completed")]
    assert (saga.trip.state, saga.trip.waits_for, saga.trip.deadline) == ("completed", "", None)


def test_a_step_with_retries_is_asked_again_before_it_is_given_up() -> None:
    saga = Telling(journey())
    assert saga.tell(Ring(trip="rome", asks=1)) == [SOUGHT["flight"]]
    assert saga.trip.deadline == NOON + timedelta(seconds=60)
    assert saga.tell(Ring(trip="rome", asks=1)) == []
    assert saga.tell(Ring(trip="rome", asks=2)) == [UNDOES["flight"]]


def test_there_is_one_timer_and_it_carries_the_number_of_the_question() -> None:
    process = journey()
    started = list(process.start(Trip("rome"), Known(), NOON))
    timers = [one for one in started if isinstance(one, After)]
    assert timers == [After(NOON + timedelta(seconds=30), Ring(trip="rome", asks=1))]


def test_a_closed_road_is_not_taken_and_the_alternative_is_recorded() -> None:
    saga = Telling(journey(closed=("hotel",)))
    assert saga.tell(FLEW) == [SOUGHT["stamp"]]
    assert saga.trip.tents == 1
    assert [(step["status"], step["reason"]) for step in saga.trip.steps][1] == ("skipped", "camping")


def test_an_alternative_that_cannot_be_taken_undoes_what_was_done() -> None:
    saga = Telling(journey(closed=("hotel",)))
    saga.rows.rows["rome"] = replace(saga.trip, tents=1)
    assert saga.tell(FLEW) == [UNDOES["flight"]]
    assert saga.tell(UNFLEW) == [Ended(trip="rome", how="compensated")]
    assert (saga.trip.failed, saga.trip.reason) == ("hotel", "no tents")


def test_a_step_that_cannot_be_undone_and_stays_silent_needs_an_operator() -> None:
    saga = Telling(journey(replace(FLIGHT, undo=None), STAMP))
    saga.tell(Ring(trip="rome", asks=1))
    assert saga.tell(Ring(trip="rome", asks=2)) == [Ended(trip="rome", how="stuck")]
    assert saga.tell(FLEW) == [SOUGHT["stamp"]]


ASKED = replace(FLIGHT, undo=nothing, undone=None)
"""A step that only asks: there is nothing to undo."""


def test_a_step_that_leaves_nothing_behind_is_passed_over_on_the_way_back() -> None:
    saga = Telling(journey(ASKED, HOTEL, STAMP))
    saga.tell(FLEW)
    assert saga.tell(FULL) == [Ended(trip="rome", how="compensated")]
    assert [step["status"] for step in saga.trip.steps] == ["done", "failed", "waiting"]


def test_its_silence_ends_the_saga_at_once() -> None:
    saga = Telling(journey(ASKED, HOTEL, STAMP))
    assert saga.tell(Ring(trip="rome", asks=1)) == [SOUGHT["flight"]]
    assert saga.tell(Ring(trip="rome", asks=2)) == [Ended(trip="rome", how="compensated")]
    assert (saga.trip.steps[0]["status"], saga.trip.steps[0]["reason"]) == ("failed", "timeout")


def test_what_somebody_else_has_undone_meanwhile_counts_as_compensated() -> None:
    saga = Telling(journey(replace(FLIGHT, undo=lambda trip: None), HOTEL, STAMP))
    saga.tell(FLEW)
    assert saga.tell(FULL) == [Ended(trip="rome", how="compensated")]
    assert saga.trip.steps[0]["status"] == "compensated"


def test_what_was_to_be_undone_and_is_gone_is_not_asked_for_again() -> None:
    saga = Telling(journey(FLIGHT, HOTEL, STAMP))
    saga.tell(FLEW)
    saga.tell(FULL)
    for asks in range(saga.trip.asks, saga.trip.asks + UNDO_AGAIN + 1):
        saga.tell(Ring(trip="rome", asks=asks))
    assert saga.trip.state == "stuck"
    saga.sagas = Sagas(Trip, [journey(replace(FLIGHT, undo=nothing), HOTEL, STAMP)])
    assert saga._take(saga.sagas.mend("retry", saga.trip, "mori: refunded", saga.rows, NOON)) == [
        Ended(trip="rome", how="compensated")
    ]


@pytest.mark.req("S3-43")
def test_an_instance_keeps_the_version_it_began_with() -> None:
    first = journey()
    saga = Telling(first)
    saga.sagas = Sagas(Trip, [first, journey(FLIGHT, STAMP, version=2)])
    assert saga.tell(FLEW) == [SOUGHT["hotel"]]
    newer = Telling(first, journey(FLIGHT, STAMP, version=2))
    assert newer.trip.version == 2 and newer.tell(FLEW) == [SOUGHT["stamp"]]
    newer.sagas = Sagas(Trip, [first])
    with pytest.raises(KeyError):
        newer.tell(STAMPED)
    with pytest.raises(ValueError):
        Sagas(Trip, [first, first])


def test_patience_grows_and_has_an_end() -> None:
    assert [FLIGHT.patience(n).total_seconds() for n in range(7)] == [30, 60, 120, 240, 480, 600, 600]
    slow = replace(FLIGHT, within=LONGEST_WAIT * 2)
    assert slow.patience(3) == LONGEST_WAIT * 2


def test_history_is_bounded() -> None:
    trip = Trip("rome")
    for n in range(HISTORY + 10):
        trip = trip.noted("flight", f"{n}", NOON)
    assert len(trip.history) == HISTORY and trip.history[-1]["what"] == f"{HISTORY + 9}"
