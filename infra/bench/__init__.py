"""Benchmarks of architecture.md section 12: figures with their conditions, never a pass or a fail.

Each is an async function that takes the Place it runs in and returns figures. They target loopback only, are bounded in
count and time, and throw their namespace away afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its unit; `must` and `aim` as the architecture page has them, in its own words."""

    name: str
    value: float
    unit: str
    must: str = ""
    aim: str = ""
    conditions: str = ""
