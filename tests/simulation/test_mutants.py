"""A simulation that finds nothing must be shown to find what is there: seven kernels built wrong, each caught."""

from __future__ import annotations

import pytest

from tests.simulation.mutants import MUTANTS, first_caught
from tests.simulation.plan import planned
from tests.simulation.run import simulate

BOUND = 8
"""Schedules within which each is caught, from its seed on. `make simulate A=--mutants` looks for such seeds."""

CAUGHT = {
    "no inbox": (2, "D"),
    "acknowledge before commit": (46, "L"),
    "cursor relay": (2, "R"),
    "relay ignoring returns": (40, "L"),
    "relay not waiting for confirms": (11, "L"),
    "unsorted locks": (51, "K"),
    "uuid5 without the group": (1, "L"),
}
"""Seed and letter: what is lost (L), doubled (D), missing in a history (E), never done (R), or a deadlock (K)."""


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_kernel_built_wrong_is_caught_and_the_right_one_passes(name: str) -> None:
    seed, letter = CAUGHT[name]
    verdict = first_caught(name, range(seed, seed + BOUND))
    assert verdict is not None, f"{name}: not caught by {BOUND} schedules from seed {seed}"
    assert letter in verdict.faults
    right = simulate(planned(verdict.plan.seed))
    assert right.good, str(right)
