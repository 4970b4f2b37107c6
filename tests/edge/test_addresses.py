"""Addresses as people write them (B0, S3-35)."""

from __future__ import annotations

import pytest

from edge import phones, prefectures
from edge.addresses import postal_code
from edge.languages import preferred
from edge.limits import Limiter, network
from edge.preferences import wait
from edge.tracing import sampled, trace

pytestmark = pytest.mark.req("S3-35")


def wide(text: str) -> str:
    """As a Japanese keyboard writes it in full width."""
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


@pytest.mark.parametrize("written", ["JP-13", "jp-13", "東京都", "東京", " Tokyo ", "Tokyo-to", "Tōkyō", wide("JP-13")])
def test_every_spelling_of_tokyo_is_one(written: str) -> None:
    assert prefectures.code(written) == "JP-13"


def test_kyoto_is_not_shortened_twice_and_hokkaido_keeps_its_end() -> None:
    assert [prefectures.code(one) for one in ("京都", "京都府", "京", "北海道", "Kantō")] == [
        "JP-26", "JP-26", None, "JP-01", None,
    ]  # fmt: skip
    assert len({prefectures.code(japanese) for japanese, _ in prefectures.NAMES}) == 47


@pytest.mark.parametrize(
    "written", ["090-1234-5678", wide("090-1234-5678"), "+81 (0)90 1234 5678", "+81-90-1234-5678", "0081 90 1234 5678"]
)
def test_every_spelling_of_a_number_is_one(written: str) -> None:
    assert phones.e164(written) == "+819012345678"


@pytest.mark.parametrize("written", ["", "12", "090-1234", "call me", "+810", "+1" + "2" * 20])
def test_what_is_no_number_is_none(written: str) -> None:
    assert phones.e164(written) is None


def test_a_foreign_number_stays_foreign() -> None:
    assert phones.e164("+44 20 7946 0958") == "+442079460958"


def test_a_postal_code_gets_its_hyphen() -> None:
    assert [postal_code(one) for one in ("1000001", "〒100-0001", wide("100-0001"))] == ["100-0001"] * 3


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("ja", "ja"), ("en,ja;q=0.9", "en"), ("ja-JP,en;q=0.5", "ja"), ("de, ja;q=0.1", "ja"), ("*", "en")],
)
def test_the_better_liked_language_is_spoken(header: str, language: str) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize(
    ("header", "seconds"), [("wait=5", 5), ("respond-async, wait=99", 30), ("wait=0", 0), ("wait=x", 0), ("", 0)]
)
def test_a_wish_to_wait_is_read_and_capped(header: str, seconds: int) -> None:
    assert wait(header) == seconds


def test_a_limit_is_a_bucket_that_fills_again() -> None:
    now = [0.0]
    limiter = Limiter(1, 2, lambda: now[0])
    assert [limiter.wait("a"), limiter.wait("a"), limiter.wait("a"), limiter.wait("b")] == [0, 0, 1, 0]
    now[0] = 1.0
    assert limiter.wait("a") == 0


def test_a_household_has_one_bucket() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9")
    assert network("::ffff:10.0.0.1") == network("10.0.0.1") == "10.0.0.1"


@pytest.mark.req("S3-85")
def test_a_traced_request_remembers_whose_span_led_to_it() -> None:
    seen = trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "")
    assert (seen.trace_id, seen.parent_id) == ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    assert seen.traceparent == f"00-{seen.trace_id}-{seen.span_id}-01" and seen.span_id != seen.parent_id
    assert trace("", "").parent_id == ""
    assert sampled(seen.traceparent) and not sampled(seen.traceparent[:-2] + "00") and not sampled("")


def test_a_malformed_trace_is_begun_anew() -> None:
    assert trace("00-" + "0" * 32 + "-b7ad6b7169203331-01", "").trace_id != "0" * 32
    assert trace("", "my-request-1").request_id == "my-request-1"
    assert trace("", "evil\nline").request_id != "evil\nline"
