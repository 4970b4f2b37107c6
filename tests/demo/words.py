"""A shop of three products and what a till wrote there."""

from datetime import datetime

from infra.demo.lines import Line
from infra.demo.plan import Plan, plan

NINE = datetime(2010, 12, 1, 9)
CUP = Line("1001", "11111", "TEA CUP", 10, NINE, 250, "77")
LAMP = Line("1001", "22222", "GLASS LANTERN", 2, NINE, 995, "77")
GLOBE = Line("1002", "33333", "POLITICAL GLOBE", 1, NINE, 85, "")
MORE_CUPS = Line("1002", "11111", "TEA CUP", 30, NINE, 250, "")


def small_plan(*lines: Line, repeat: int = 1, seed: int = 1, most: int | None = None) -> Plan:
    return plan(lines or (CUP, LAMP, GLOBE, MORE_CUPS), "run", repeat=repeat, seed=seed, most=most)
