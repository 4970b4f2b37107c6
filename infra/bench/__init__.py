"""Benchmarks of architecture.md section 12: figures with their conditions, never a pass or a fail.

Each is an async function that takes the Place it runs in and returns figures. They target loopback only, are bounded in
count and time, and throw their namespace away afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.settings import Settings

PLACES = {"home", "blobs", "namespace", "amqp_url", "management_url", "database_url", "http_host", "http_port"}
"""Settings that say where, and not how."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its unit; `must` and `aim` as the architecture page has them, in its own words."""

    name: str
    value: float
    unit: str
    must: str = ""
    aim: str = ""
    conditions: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the value is as good as it must be; None where nothing is demanded. Of rates more is better."""
        if not self.must:
            return None
        must = float(self.must.replace(",", ""))
        return self.value >= must if self.unit.endswith("/s") else self.value <= must


def changed(settings: Settings) -> dict[str, object]:
    """Settings other than the shipped ones, which a figure must not be measured with unsaid."""
    given = settings.model_dump()
    return {
        name: given[name]
        for name, field in Settings.model_fields.items()
        if name not in PLACES and given[name] != field.get_default(call_default_factory=True)
    }
