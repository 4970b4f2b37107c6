"""The group `edge`: it owns operations, hears how they fare from every domain, and may ask any domain for anything."""

from __future__ import annotations

from contracts.message import Command, catalogue
from contracts.operation import OperationClosed, OperationProgressed
from edge import rules, tables
from infra.group import Group

group = Group(
    "edge",
    tables={rules.Operation: tables.operation},
    sends=(kind for kind in catalogue().values() if issubclass(kind, Command)),
    metadata=tables.metadata,
)
group.on(OperationProgressed, rules.progressed)
group.on(OperationClosed, rules.closed)
