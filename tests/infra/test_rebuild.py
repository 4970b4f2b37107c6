"""What may be rebuilt, and with what; the rebuilding itself is a journey."""

from __future__ import annotations

import pytest

from infra import domains
from infra.rebuild import events_of


@pytest.mark.req("S2-54")
def test_a_view_of_events_can_be_made_anew() -> None:
    assert events_of(domains.load("media_query"))[0] == "media_command.media-deleted.v1"


@pytest.mark.parametrize("domain", ["order", "payment", "album", "media_command", "saga"])
def test_what_was_decided_cannot(domain: str) -> None:
    with pytest.raises(LookupError, match="no projection"):
        events_of(domains.load(domain))
