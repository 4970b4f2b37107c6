"""A simulation that finds nothing must be shown to find what is there: seven kernels built wrong, each caught."""

from __future__ import annotations

import pytest

from tests.simulation.mutants import MUTANTS, first_caught
from tests.simulation.plan import planned
from tests.simulation.run import simulate

BOUND = 120
"""Schedules, from seed 1 on. Which of them is the first moves with every change of the kernel; some 50 have been enough."""

CAUGHT = {
    "no inbox": "D",
    "acknowledge before commit": "L",
    "cursor relay": "R",
    "relay ignoring returns": "L",
    "relay not waiting for confirms": "L",
    "unsorted locks": "K",
    "uuid5 without the group": "L",
}
"""What is lost (L), doubled (D), never done (R), or a deadlock (K)."""


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_kernel_built_wrong_is_caught_and_the_right_one_passes(name: str) -> None:
    verdict = first_caught(name, range(1, BOUND + 1))
    assert verdict is not None, f"{name}: not caught by {BOUND} schedules"
    assert CAUGHT[name] in verdict.faults
    right = simulate(planned(verdict.plan.seed))
    assert right.good, str(right)
