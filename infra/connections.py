"""How many database connections each process may have: a budget that is summed before anything starts (S0-82).

A domain has two in each process: one for what it writes (its lane, and with it relay and upkeep, whose few statements a
second wait for one batch at most), and one for the questions it answers, opened with the first. Only a domain with slow
questions has a third, while one of them is answered: behind it every quick question would wait as long as it takes.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.group import Group

EDGE = 2
"""For all that an edge process does: accepting and its lane have one each at their busiest, and reads take what is free."""
JOBS = 1
"""For the job workers of one domain; those that study its rows read over one more."""
SEARCHES = 1
"""Slow questions at once in one process; the others wait in the broker until they expire."""
PEOPLE = 10
"""Left to people, their tools and backups, beside the one that `hikyaku top` has for each domain."""


def of_worker(group: Group) -> int:
    """The most that this group has in one process: each further lane is one more."""
    return len(group.lanes) + bool(group.asked(slow=False)) + (SEARCHES if group.asked(slow=True) else 0)


def of_jobs(group: Group) -> int:
    """The most that this group's job workers have in one process."""
    return JOBS + bool(group.studying) if group.doing else 0


def needed(groups: Sequence[Group]) -> int:
    """What the server must have room for, with one process for each purpose, or many with one domain each."""
    most = sum(max(EDGE, of_worker(one)) if one.name == "edge" else of_worker(one) + of_jobs(one) for one in groups)
    return most + len(groups) + PEOPLE
