"""Postcodes, tracking numbers and delivery days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.shipping import is_holiday
from workers.shipping.rules import postcodes, tracking
from workers.shipping.rules.delivery import DAYS, estimated_delivery

pytestmark = pytest.mark.req("S3-32", "S3-35")

CAPITALS = [
    "060-8588", "030-8570", "020-8570", "980-8570", "010-8570", "990-8570", "960-8670", "310-8555", "320-8501", "371-8570",
    "330-9301", "260-8667", "163-8001", "231-8588", "950-8570", "930-8501", "920-8580", "910-8580", "400-8501", "380-8570",
    "500-8570", "420-8601", "460-8501", "514-8570", "520-8577", "602-8570", "540-8570", "650-8567", "630-8501", "640-8585",
    "680-8570", "690-8501", "700-8570", "730-8511", "753-8501", "770-8570", "760-8570", "790-8570", "780-8570", "812-8577",
    "840-8570", "850-8570", "862-8570", "870-8501", "880-8501", "890-8577", "900-8570",
]  # fmt: skip
"""The postcodes of the 47 prefectural governments, in the order of their codes."""


@pytest.mark.req("S3-35")
@pytest.mark.parametrize(("number", "postal_code"), list(enumerate(CAPITALS, start=1)))
def test_each_government_lies_in_its_own_prefecture(number: int, postal_code: str) -> None:
    """All 47."""
    assert postcodes.belongs(postal_code, f"JP-{number:02d}")
    others = {f"JP-{other:02d}" for other in range(1, 48) if postcodes.belongs(postal_code, f"JP-{other:02d}")}
    assert len(others) <= 3


def test_there_are_47_prefectures_and_each_has_a_region() -> None:
    assert sorted(postcodes.PREFIXES) == sorted(DAYS) == [f"JP-{number:02d}" for number in range(1, 48)]


def test_an_unknown_prefecture_has_no_postcodes() -> None:
    assert not postcodes.belongs("100-0001", "JP-48")


@pytest.mark.req("S3-32")
@pytest.mark.parametrize("number", ["000000000000", "123456789013", "000000000070", "999999999994"])
def test_numbers_whose_last_digit_is_the_rest_by_seven(number: str) -> None:
    """12345678901 = 7 * 1763668414 + 3, for example."""
    assert tracking.is_valid(number)


@pytest.mark.parametrize("number", ["12345678901", "1234567890133", "12345678901a", "\uff1123456789013", ""])
def test_what_is_no_number_at_all(number: str) -> None:
    assert not tracking.is_valid(number)


@given(st.text(max_size=64), st.integers(0, 5), st.integers(0, 11), st.integers(1, 9))
def test_every_number_is_valid_and_one_wrong_digit_is_noticed(order_id: str, attempt: int, place: int, off: int) -> None:
    number = tracking.candidate(order_id, attempt)
    assert tracking.is_valid(number)
    wrong = str((int(number[place]) + off) % 10)
    # Modulo 7, digits seven apart look alike; the check digit itself is never above 6.
    alike = place < 11 and abs(int(wrong) - int(number[place])) == 7
    assert alike or not tracking.is_valid(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    ("ordered", "prefecture", "day"),
    [
        # Monday 2026-06-15, 14:59 and 15:00 in Japan.
        (datetime(2026, 6, 15, 5, 59, tzinfo=UTC), "JP-13", date(2026, 6, 16)),
        (datetime(2026, 6, 15, 6, 0, tzinfo=UTC), "JP-13", date(2026, 6, 17)),
        # Friday evening: it leaves on Monday.
        (datetime(2026, 6, 19, 9, 0, tzinfo=UTC), "JP-27", date(2026, 6, 23)),
        # Hokkaido and Okinawa are further away.
        (datetime(2026, 6, 15, 3, 0, tzinfo=UTC), "JP-01", date(2026, 6, 17)),
        (datetime(2026, 6, 15, 3, 0, tzinfo=UTC), "JP-47", date(2026, 6, 18)),
        # Golden Week 2026: Sunday 3 May is a holiday, and Wednesday the 6th stands in for it.
        (datetime(2026, 5, 1, 3, 0, tzinfo=UTC), "JP-13", date(2026, 5, 7)),
        # Late on 31 December in UTC it is New Year's Day in Japan.
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "JP-13", date(2027, 1, 5)),
    ],
)
def test_the_estimate_counts_business_days_in_japan(ordered: datetime, prefecture: str, day: date) -> None:
    assert estimated_delivery(prefecture, ordered, is_holiday) == day


@given(st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)), st.sampled_from(list(DAYS)))
def test_nothing_arrives_on_a_day_without_work_or_before_it_was_ordered(ordered: datetime, prefecture: str) -> None:
    day = estimated_delivery(prefecture, ordered, is_holiday)
    assert day.weekday() < 5 and not is_holiday(day) and day > ordered.date()
