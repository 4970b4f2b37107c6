"""Webhooks are signed over their time and body; whatever is changed, too old or strange does not pass (B13)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.webhook import TOLERANCE, sign, verifies

SECRET, BODY, NOW = b"secret", b'{"kind": "capture.approved"}', 1_900_000_000
HEADER = sign(SECRET, BODY, NOW)


def test_what_was_signed_passes_within_the_tolerance() -> None:
    assert all(verifies(SECRET, BODY, HEADER, NOW + drift) for drift in (-TOLERANCE, 0, TOLERANCE))
    assert not any(verifies(SECRET, BODY, HEADER, NOW + drift) for drift in (-TOLERANCE - 1, TOLERANCE + 1))


def test_two_signatures_may_stand_side_by_side_while_a_secret_is_exchanged() -> None:
    old = sign(b"old", BODY, NOW).partition(",")[2]
    assert verifies(SECRET, BODY, f"t={NOW},{old},{HEADER.partition(',')[2]}", NOW)


@pytest.mark.parametrize(
    "header",
    [
        "", "t=,v1=", f"t={NOW}", HEADER.replace("v1", "v0"), HEADER.replace(str(NOW), str(NOW + 1)),
        f"{HEADER},t={NOW}", "t=-1,v1=00", "t=\uff11,v1=00", f"t={'9' * 400},v1=00", HEADER + "," * 2_000, HEADER[:-1],
    ],
)  # fmt: skip
def test_a_header_that_is_not_the_senders_does_not_pass(header: str) -> None:
    assert not verifies(SECRET, BODY, header, NOW)


def test_another_body_or_secret_or_none_does_not_pass() -> None:
    assert not verifies(SECRET, BODY + b" ", HEADER, NOW)
    assert not verifies(b"other", BODY, HEADER, NOW)
    assert not verifies(b"", BODY, sign(b"", BODY, NOW), NOW)


@given(st.text(max_size=200))
def test_no_header_makes_it_fail(header: str) -> None:
    assert not verifies(SECRET, BODY, header, NOW)
