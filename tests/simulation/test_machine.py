"""The same world driven by Hypothesis, which shortens what it finds."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.simulation.plan import FAULTS, LAYOUTS, Step
from tests.simulation.run import Stage
from tests.simulation.world import ITEMS

EXAMPLES = 6

wallets = st.sampled_from(("ann", "bob"))
amounts = st.integers(1, 60)


class Couriers(RuleBasedStateMachine):
    """Asks and faults in any order; whatever they were, in the end everything that was asked has happened once."""

    stage: Stage | None = None
    count = 0

    @initialize(seed=st.integers(0, 1 << 32), layout=st.sampled_from(sorted(LAYOUTS)))
    def open(self, seed: int, layout: str) -> None:
        self.stage = Stage(seed, layout)

    @rule(wallet=wallets, items=st.dictionaries(st.sampled_from(sorted(ITEMS)), st.integers(1, 4), min_size=1), price=amounts)
    def order(self, wallet: str, items: dict[str, int], price: int) -> None:
        self.count += 1
        self._do("order", f"order-{self.count}", wallet, items, price)

    @rule(wallet=wallets, amount=amounts, later=st.sampled_from((0.0, 1.5)))
    def deposit(self, wallet: str, amount: int, later: float) -> None:
        self._do("deposit", wallet, amount, later)

    @rule(wallet=wallets, amount=amounts, seconds=st.floats(0, 3))
    def save(self, wallet: str, amount: int, seconds: float) -> None:
        self.count += 1
        self._do("save", f"saving-{self.count}", wallet, amount, seconds)

    @rule(number=st.integers(0, 20))
    def again(self, number: int) -> None:
        self._do("again", number)

    @rule(what=st.sampled_from(sorted(FAULTS)), how=st.integers(0, 1 << 16))
    def fault(self, what: str, how: int) -> None:
        self._do(what, *FAULTS[what](Random(how)))

    @rule(seconds=st.sampled_from((0.0005, 0.002, 0.01, 0.1, 1.0)))
    def wait(self, seconds: float) -> None:
        assert self.stage is not None
        self.stage.wait(seconds)

    def _do(self, what: str, *values: object) -> None:
        assert self.stage is not None
        self.stage.do(Step(self.stage.loop.now, what, values))

    def teardown(self) -> None:
        stage, self.stage = self.stage, None
        if stage is not None:
            verdict = stage.end()
            assert verdict.good, str(verdict)


def run(examples: int) -> None:
    """Raises AssertionError with the shortest story that Hypothesis finds."""
    many = settings(
        max_examples=examples, stateful_step_count=25, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Couriers, settings=many)


def test_whatever_is_asked_and_whatever_fails_all_of_it_happens_once() -> None:
    run(EXAMPLES)
