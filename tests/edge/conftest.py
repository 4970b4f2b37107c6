"""One edge without broker and database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.edge.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    found = World()
    yield found
    await found.client.aclose()
