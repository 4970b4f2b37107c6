"""`?cursor=&limit=` of every list."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Page(BaseModel):
    """An opaque cursor from the page before, and how many at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cursor: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9._:@=-]*$")] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
