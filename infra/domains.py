"""The domains of this installation, found by their folders and never by an import statement (layout C)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable

from infra.group import Group


def names() -> list[str]:
    """Every package under `workers/`."""
    workers = importlib.import_module("workers")
    return sorted(module.name for module in pkgutil.iter_modules(workers.__path__) if module.ispkg)


def load(name: str) -> Group:
    """The domain's group. Raises LookupError with the known names for an unknown one."""
    if name == "edge":
        return _group(importlib.import_module("edge.operations"), name)
    if name not in names():
        raise LookupError(f"there is no domain {name!r}; there are {', '.join(names())}")
    return _group(importlib.import_module(f"workers.{name}"), name)


def load_all(*, edge: bool = True) -> list[Group]:
    return [load(name) for name in (*names(), *(["edge"] if edge else []))]


def _group(module: object, name: str) -> Group:
    group = getattr(module, "group", None)
    if not isinstance(group, Group):
        raise LookupError(f"{name} does not declare a `group`")
    return group


def chosen(wanted: Iterable[str]) -> list[Group]:
    """These domains, or all of them when none is named."""
    return [load(name) for name in wanted] or load_all(edge=False)
