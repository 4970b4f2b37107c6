"""An import of prices: in parts, once, corrected with its history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from contracts.market import (
    PriceImportProgressed,
    PriceImportRefused,
    PricesImported,
    PricesRecorded,
    PricesUpdated,
    ReadPrices,
    RegisterPrices,
)
from contracts.message import Message
from tests.market.words import MONDAY, TOKYO, close, given, imported, parts, week
from workers.market.rules.state import Correction, DailyPrice, ImportPart, Instrument, price_key

pytestmark = pytest.mark.req("S4-11", "S4-22", "S3-57")


def only(kind: type[Message], told: list[Message]) -> list[Message]:
    return [one for one in told if isinstance(one, kind)]


def test_nothing_is_read_before_the_last_part_is_there() -> None:
    first, second, third = parts(week(100, 101).encode(), size=40, symbol="7203")[:3]
    spec = given()
    for message in (third, first, first):
        spec.when(message).then()
    assert isinstance(second, Message)


def test_the_last_part_starts_the_job_once() -> None:
    cut = parts(week(100, 101).encode(), size=40, symbol="7203")
    spec = given().when(*cut)
    spec.then(ReadPrices(import_id="I"))
    spec.when(cut[-1]).then()


def test_days_are_registered_and_told_in_bundles() -> None:
    spec, told = imported(TOKYO.read_bytes())
    assert [type(one) for one in told] == [
        PriceImportProgressed, PricesRecorded, PriceImportProgressed, PricesRecorded, PricesUpdated, PricesImported,
    ]  # fmt: skip
    updated, done = told[-2:]
    assert isinstance(updated, PricesUpdated) and isinstance(done, PricesImported)
    assert (updated.symbol, updated.added, updated.corrected, updated.days, updated.version) == ("4902", 245, 0, 245, 2)
    assert (done.currency, done.time_zone, done.encoding) == ("JPY", "Asia/Tokyo", "cp932")
    assert not [key for kind, key in spec.rows if kind is ImportPart]


def test_the_same_file_again_changes_and_tells_nothing() -> None:
    spec, _ = imported(week(100, 101), symbol="7203")
    before = {key: row for key, row in spec.rows.items() if key[0] in (Instrument, DailyPrice)}
    spec, told = imported(week(100, 101), spec, "II", symbol="7203")
    assert [type(one) for one in told] == [PriceImportProgressed, PricesImported]
    done = told[-1]
    assert isinstance(done, PricesImported) and (done.added, done.corrected, done.unchanged) == (0, 0, 2)
    assert {key: row for key, row in spec.rows.items() if key[0] in (Instrument, DailyPrice)} == before


def test_other_values_correct_a_day_and_its_history_stays() -> None:
    spec, _ = imported(week(100, 101), symbol="7203")
    spec, told = imported(week(100, 105, 106), spec, "II", symbol="7203")
    tuesday = MONDAY + timedelta(days=1)
    assert only(PricesRecorded, told) == [
        PricesRecorded(symbol="7203", version=2, closes=(close(tuesday, 105), close(tuesday + timedelta(days=1), 106)))
    ]
    (updated,) = only(PricesUpdated, told)
    assert isinstance(updated, PricesUpdated)
    assert (updated.first, updated.added, updated.corrected, updated.days) == (tuesday, 1, 1, 3)
    now, old = spec.row(DailyPrice, price_key("7203", tuesday)), spec.row(Correction, f"7203:{tuesday}:000001")
    assert now and old
    assert (now.close, now.revision, old.close, old.replaced_by) == (105 * 10**6, 2, 101 * 10**6, "II")


def test_a_refused_file_changes_nothing_and_forgets_its_text() -> None:
    spec, told = imported(week(100, 0), symbol="7203")
    (refused,) = told
    assert isinstance(refused, PriceImportRefused)
    assert (refused.reason, refused.line, refused.column) == ("impossible_prices", 3, "Open")
    assert {kind for kind, _ in spec.rows} & {Instrument, DailyPrice, ImportPart} == set()


def test_a_symbol_stays_on_its_exchange() -> None:
    spec, _ = imported(week(100), symbol="7203")
    _, told = imported(week(100), spec, "II", exchange="XNYS", symbol="7203")
    (refused,) = told
    assert isinstance(refused, PriceImportRefused) and refused.reason == "other_exchange"


FILES = st.lists(st.lists(st.integers(90, 110), min_size=1, max_size=6), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@anything(FILES)
def test_a_copy_kept_from_the_bundles_is_what_stands_here(files: list[list[int]]) -> None:
    """And no history is lost: each day has as many corrections as it was changed."""
    spec, copy, versions = given(), {}, []
    for n, closes in enumerate(files):
        spec, told = imported(week(*closes), spec, f"I{n}", symbol="7203")
        for bundle in told:
            if isinstance(bundle, PricesRecorded):
                versions.append(bundle.version)
                copy.update({one.day: one.close for one in bundle.closes})
    kept = [row for row in spec.rows.values() if isinstance(row, DailyPrice)]
    assert copy == {row.day: row.close for row in kept}
    assert versions == list(range(1, len(versions) + 1))
    replaced = [row for row in spec.rows.values() if isinstance(row, Correction)]
    assert len(replaced) == sum(row.revision - 1 for row in kept)
    instrument = spec.row(Instrument, "7203")
    assert instrument and (instrument.days, instrument.version) == (len(kept), len(versions))


def test_a_message_with_days_that_comes_twice_counts_once() -> None:
    spec, _ = imported(week(100, 101), symbol="7203")
    again = RegisterPrices(import_id="I", part=0, bars=tuple(
        replace(row, close=row.close + 1).bar for row in spec.rows.values() if isinstance(row, DailyPrice)
    ))  # fmt: skip
    spec.when(again).then()
