"""A small selection of what `make simulate` runs by the thousand, and that a seed says everything."""

from __future__ import annotations

import subprocess
import sys

from tests.simulation.plan import FAULTS, planned
from tests.simulation.run import simulate

SEEDS = range(1, 21)


def test_nothing_is_lost_doubled_or_out_of_order() -> None:
    for seed in SEEDS:
        verdict = simulate(planned(seed))
        assert verdict.good, str(verdict)


def test_the_selection_has_a_bit_of_everything() -> None:
    met = {step.what for seed in range(1, 201) for step in planned(seed).steps}
    assert set(FAULTS) | {"order", "deposit", "save", "again", "poison", "fatal"} <= met


def test_a_seed_decides_everything_also_in_another_process() -> None:
    """Where sets of texts have another order."""
    program = "from tests.simulation.run import *; from tests.simulation.plan import *; print(simulate(planned(3)).trace)"
    environment = {"PYTHONHASHSEED": "1"}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(simulate(planned(3)).trace) == str(simulate(planned(3)).trace)
