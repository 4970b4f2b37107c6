"""A small selection of what `make simulate` runs by the thousand, and that a seed says everything."""

from __future__ import annotations

import pytest

from tests.simulation.many import verdicts
from tests.simulation.plan import FAULTS, planned
from tests.simulation.run import simulate
from tests.simulation.tally import ASKED

SEEDS = range(1, 21)


def test_nothing_is_lost_doubled_or_out_of_order() -> None:
    for seed in SEEDS:
        verdict = simulate(planned(seed))
        assert verdict.good, str(verdict)


def test_the_selection_has_a_bit_of_everything() -> None:
    met = {step.what for seed in range(1, 201) for step in planned(seed).steps}
    assert {*FAULTS, *ASKED} == met


def test_a_seed_decides_everything_also_in_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sets of texts have another order."""
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    seeds = range(3, 5)
    told = [(one.plan.seed, one.trace) for one in verdicts(seeds, workers=2)]
    assert told == [(seed, simulate(planned(seed)).trace) for seed in seeds]
