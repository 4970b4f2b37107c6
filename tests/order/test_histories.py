"""Whatever is lost, late, doubled or out of order: every order ends, and nothing that happened is left behind."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.message import Command, Event, Message
from contracts.order import MendSaga, OrderConfirmed, OrderFailed, StepOverdue
from infra.decision import After
from infra.process import ONGOING
from infra.spec import Spec
from tests.order.participants import Participants
from tests.order.words import CANCEL, PLACE, A, order, shop

UNWILLING = st.sets(st.sampled_from(["reserve", "charge", "arrange"]), max_size=1)
MOST_ROUNDS = 60


class World:
    """One order, its participants, and everything that is under way between them."""

    def __init__(self, data: st.DataObject, participants: Participants) -> None:
        self.data, self.participants = data, participants
        self.order = shop()
        self.commands: list[Message] = []
        self.answers: list[Event] = []
        self.old: list[Event] = []
        self.told: list[Message] = []
        self.timer: StepOverdue | None = None
        self.stale: list[StepOverdue] = []
        self.sent: Counter[str] = Counter()
        self.rung = 0

    def hear(self, message: Message) -> None:
        spec = self.order.when(message)
        for one in spec.sent:
            if isinstance(one, After):
                assert isinstance(one.message, StepOverdue)
                self.stale += [self.timer] if self.timer else []
                self.timer = one.message
            elif isinstance(one, Command):
                self.commands.append(one)
                self.sent[one.topic] += 1
            else:
                self.told.append(one)
        found = order(spec)
        assert (found.state in ("running", "compensating")) == (found.deadline is not None)
        assert (found.state == "stuck") == (found.status == "needs_attention")
        assert found.status in ("pending", "failed", "needs_attention") or found.amount > 0

    def anything(self) -> None:
        """Something happens: a command is read, an answer arrives, an old one arrives again, patience ends."""
        can = [self.read] * bool(self.commands) + [self.arrive] * bool(self.answers)
        can += [self.arrive_again] * bool(self.old) + [self.ring] * bool(self.timer)
        can += [self.ring_too_late] * bool(self.stale)
        self.data.draw(st.sampled_from(can))()

    def read(self) -> None:
        command = self.commands.pop(self.data.draw(st.integers(0, len(self.commands) - 1)))
        self.answers.append(self.participants.answer(command))

    def arrive(self) -> None:
        answer = self.answers.pop(self.data.draw(st.integers(0, len(self.answers) - 1)))
        self.old.append(answer)
        self.hear(answer)

    def arrive_again(self) -> None:
        self.hear(self.data.draw(st.sampled_from(self.old)))

    def ring(self) -> None:
        assert self.timer is not None
        self.rung += 1
        self.hear(self.timer)

    def ring_too_late(self) -> None:
        self.hear(self.data.draw(st.sampled_from(self.stale)))

    def settle(self) -> None:
        """From now on everybody reads and answers, in order."""
        while self.commands or self.answers:
            for command in self.commands:
                self.answers.append(self.participants.answer(command))
            self.commands = []
            answers, self.answers = self.answers, []
            for answer in answers:
                self.hear(answer)


def _lived(data: st.DataObject, participants: Participants, begin: Message, spent: World | None = None) -> World:
    world = spent or World(data, participants)
    world.hear(begin)
    for _ in range(data.draw(st.integers(0, MOST_ROUNDS))):
        if order(world.order).state not in ONGOING:
            break
        world.anything()
    world.settle()
    return world


@pytest.mark.req("S3-50", "S3-53", "S3-54", "S3-55", "S3-57")
@settings(max_examples=200, deadline=None)
@given(st.data(), UNWILLING, st.booleans())
def test_every_order_is_wholly_done_or_wholly_undone(data: st.DataObject, unwilling: set[str], expires: bool) -> None:
    world = _lived(data, participants := Participants(unwilling, expires), PLACE)
    if order(world.order).state == "stuck":
        assert order(world.order).step == "confirm_reservation" and expires
        world.hear(MendSaga(order_id=A, action="compensate"))
        world.settle()
    if order(world.order).status == "confirmed":
        assert (participants.stock, participants.money, participants.parcel) == ("sold", "captured", "arranged")
    else:
        assert order(world.order).status == "failed"
        assert participants.stock in ("", "short", "released", "returned")
        assert participants.money in ("", "declined", "cancelled")
        assert participants.parcel in ("", "refused", "cancelled")
    assert len([one for one in world.told if isinstance(one, OrderConfirmed | OrderFailed)]) == 1
    _nothing_was_sent_twice_unasked(world)


@pytest.mark.req("S3-42", "S3-57")
@settings(max_examples=100, deadline=None)
@given(st.data(), st.booleans())
def test_every_cancellation_takes_all_back_or_nothing(data: st.DataObject, leaves: bool) -> None:
    world = World(data, participants := Participants(leaves=leaves))
    world.hear(PLACE)
    world.settle()
    world = _lived(data, participants, CANCEL, world)
    if leaves:
        assert order(world.order).status == "confirmed"
        assert (participants.stock, participants.money, participants.parcel) == ("sold", "captured", "left")
    else:
        assert order(world.order).status == "cancelled"
        assert (participants.stock, participants.money, participants.parcel) == ("returned", "cancelled", "cancelled")
    _nothing_was_sent_twice_unasked(world)


def _nothing_was_sent_twice_unasked(world: World) -> None:
    """Each repetition of a command answers a timer or an operator."""
    repeated = sum(count - 1 for count in world.sent.values())
    assert repeated <= world.rung


def test_a_quiet_day_needs_no_repetition() -> None:
    """The property above would also hold for a world in which nothing succeeds: this one does."""
    spec: Spec = shop()
    participants, pending = Participants(), [*spec.when(PLACE).sent]
    while pending:
        if isinstance(command := pending.pop(0), Command):
            pending += spec.when(participants.answer(command)).sent
    assert order(spec).status == "confirmed" and participants.stock == "sold"
