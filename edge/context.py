"""What the gate knows of a request, carried in its ASGI scope for those behind it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from edge.languages import Language
from edge.principals import Principal
from edge.tracing import Trace

SCOPE = "hikyaku.edge"


@dataclass(slots=True)
class Context:
    trace: Trace
    language: Language
    client: str
    route: str = ""
    principal: Principal | None = None
    operation_id: UUID | None = None


current: ContextVar[Context | None] = ContextVar("current", default=None)
"""The request that is being answered in this task, for what only notes it."""


def context_of(scope: Any) -> Context:
    return cast(Context, scope[SCOPE])
