"""What is found in a price file: each kind of mistake counted, with its first lines."""

from __future__ import annotations

from contracts.market import Fault, Finding, ReadingFailure

FIRST_LINES = 5


class Unreadable(Exception):
    """The file is no such file."""

    def __init__(self, line: int, error: str, column: str = "", reason: ReadingFailure = "invalid_csv") -> None:
        super().__init__(error)
        self.fault = Fault(reason=reason, line=line, column=column[:64], error=error[:200])


class Report:
    """Counts each finding, remembers its first lines, and the first fault of all."""

    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}
        self.fault: Fault | None = None

    def note(self, check: str, line: int = 0, detail: str = "") -> None:
        self._add(check, "note", line, detail)

    def warn(self, check: str, line: int = 0, detail: str = "") -> None:
        self._add(check, "warning", line, detail)

    def fail(self, check: str, line: int, column: str, error: str, reason: ReadingFailure) -> None:
        self._add(check, "fatal", line, error)
        fault = Fault(reason=reason, line=line, column=column[:64], error=error[:200])
        if self.fault is None or line < self.fault.line:
            self.fault = fault

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._found.values())

    def _add(self, check: str, severity: str, line: int, detail: str) -> None:
        old = self._found.get(check)
        lines = old.lines if old else ()
        if line and line not in lines and len(lines) < FIRST_LINES:
            lines = (*lines, line)
        count, said = (old.count + 1, old.detail) if old else (1, detail[:200])
        self._found[check] = Finding(check=check, severity=severity, count=count, lines=lines, detail=said)  # type: ignore[arg-type]
