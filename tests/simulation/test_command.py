"""`make simulate`: what it tells of a run, whole, stopped, or with a contradiction in it."""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tests.simulation import many
from tests.simulation.__main__ import STOPPED, program
from tests.simulation.clock import Spinning, VirtualLoop
from tests.simulation.mutants import no_inbox
from tests.simulation.plan import Plan, Step
from tests.simulation.run import Verdict, simulate


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(program, [*arguments, "--workers", "1"])
    return done.exit_code, done.output


def test_a_run_sums_up_what_it_reached_and_says_what_it_did_not() -> None:
    code, told = run("--schedules", "3")
    assert code == 0
    assert "3 schedules from seed 1" in told and "0 with a contradiction" in told
    assert "lane.received" in told and "never came about" in told


def test_whoever_stops_it_is_told_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(plan: Plan, *, loud: bool = False) -> Verdict:
        if plan.seed == 12:
            raise KeyboardInterrupt
        return simulate(plan, loud=loud)

    monkeypatch.setattr(many, "simulate", stopped)
    code, told = run("--schedules", "4", "--seed", "10")
    assert code == STOPPED and "2 schedules from seed 10" in told
    assert 'make simulate SCHEDULES=4 SEED=10 A="--from 3"' in told
    monkeypatch.undo()
    code, told = run("--schedules", "4", "--seed", "10", "--from", "3")
    assert code == 0 and "2 schedules from seed 12" in told


def test_nothing_is_left_beyond_the_last() -> None:
    code, told = run("--schedules", "4", "--from", "5")
    assert code == 2 and "beyond the last" in told


def test_a_contradiction_comes_with_the_command_that_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    no_inbox(monkeypatch)
    twice = (Step(0.1, "deposit", ("ann", 5, 0.0)), Step(0.2, "again", (0,)), Step(0.3, "deposit", ("bob", 5, 0.0)))
    monkeypatch.setattr(many, "planned", lambda seed: Plan(seed, "one process", twice))
    code, told = run("--schedules", "1", "--seed", "3")
    assert code == 1 and "1 with a contradiction" in told
    assert "deposit 1 happened 2 times" in told and "bob, 5" not in told.split("one process")[1], "shown with the steps it takes"
    assert 'make simulate SCHEDULES=1 SEED=3 A="--loud"' in told


def test_a_long_run_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(many, "IN_A_FILE", 0.0)
    verdict = Verdict(Plan(1, "one process", ()))
    assert list(many.observed([verdict] * 2, 4, Console())) == [verdict] * 2
    assert "2 of 4 schedules" in capsys.readouterr().out


def test_who_is_busy_for_ever_is_found_and_not_waited_for() -> None:
    async def busy() -> None:
        while True:
            await asyncio.sleep(0)

    with closing(VirtualLoop()) as loop, pytest.raises(Spinning):
        loop.run_until_complete(busy())


def test_a_simulation_that_breaks_is_a_contradiction_too(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(1, "one process", ())
    monkeypatch.setattr("tests.simulation.evidence.check", lambda world, **given: 1 / 0)
    assert "ZeroDivisionError" in simulate(plan).faults["X"][0]
    with pytest.raises(ZeroDivisionError):
        simulate(plan, loud=True)
