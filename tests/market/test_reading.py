"""What a file of prices says, and what is wrong with it."""

from __future__ import annotations

import pytest

from contracts.market import RegisterPrices
from tests.market.words import APPLE, HEAD, TOKYO, examined, line, week

pytestmark = pytest.mark.req("S4-11", "S4-63")


def checks(text: str | bytes) -> dict[str, tuple[str, int, tuple[int, ...]]]:
    report, _ = examined(text)
    return {one.check: (one.severity, one.count, one.lines) for one in report.findings}


def test_the_file_of_tokyo_is_read_as_it_was_published() -> None:
    """Shift_JIS, a title, Japanese headings, quoted numbers; the calendar of 2005 finds no gap in it."""
    report, bundles = examined(TOKYO.read_bytes(), symbol="")
    assert (report.symbol, report.encoding, report.rows, report.refused) == ("4902", "cp932", 245, None)
    assert "コニカミノルタ" in report.name and report.findings == ()
    first = bundles[0]
    assert isinstance(first, RegisterPrices)
    assert (first.bars[0].open, first.bars[0].close, first.bars[0].volume) == (1_342_000_000, 1_355_000_000, 543_000)


def test_the_file_of_new_york_is_read_as_it_was_published() -> None:
    """English headings with the symbol in them, six digits after the point, columns that are not ours."""
    report, bundles = examined(APPLE.read_bytes(), exchange="XNAS", symbol="")
    assert (report.symbol, report.encoding, report.rows, report.refused) == ("AAPL", "utf-8", 506, None)
    assert [(one.check, one.severity) for one in report.findings] == [("ignored_columns", "note")]
    first = bundles[0]
    assert isinstance(first, RegisterPrices)
    assert (first.bars[0].close, first.bars[0].adjusted_close) == (127_830_002, 122_905_254)


@pytest.mark.parametrize("path", [TOKYO, APPLE])
def test_no_message_of_a_file_is_too_large(path: object) -> None:
    report, bundles = examined(path.read_bytes(), symbol="")  # type: ignore[attr-defined]
    assert max(len(one.model_dump_json()) for one in (report, *bundles)) < 48 * 1024


@pytest.mark.parametrize(
    ("row", "reason", "column"),
    [
        (line("2024-06-04", "abc"), "invalid_csv", "Open"),
        (line("2024-06-31"), "invalid_csv", "Date"),
        (line("2024年6月4日"), "invalid_csv", "Date"),
        (line("2024-06-04", volume="-1"), "invalid_csv", "Volume"),
        (line("2024-06-04", volume="1.5"), "invalid_csv", "Volume"),
        ("2024-06-04,1,2\n", "invalid_csv", ""),
        (line("2024-06-04", low="0"), "impossible_prices", "Low"),
        (line("2024-06-04", low="-5"), "impossible_prices", "Low"),
        (line("2024-06-04", high="99", low="101"), "impossible_prices", "High"),
        (line("2024-06-03", 101), "impossible_prices", "Date"),
        (line("2999-06-03"), "impossible_prices", "Date"),
        (line("2024-06-04", "9999999999"), "impossible_prices", "Open"),
    ],
)
def test_what_cannot_be_refuses_the_file_with_its_line_and_column(row: str, reason: str, column: str) -> None:
    report, bundles = examined(HEAD + line("2024-06-03") + row + line("2024-06-05"))
    assert report.refused and not bundles
    assert (report.refused.reason, report.refused.line, report.refused.column) == (reason, 3, column)


def test_the_first_fault_is_named_and_all_are_counted() -> None:
    bad = "".join(line(f"2024-06-{day:02}", 0) for day in range(4, 12))
    report, _ = examined(HEAD + line("2024-06-03") + bad)
    assert report.refused and report.refused.line == 3
    (found,) = [one for one in report.findings if one.check == "not_positive"]
    assert (found.severity, found.count, found.lines) == ("fatal", 40, (3, 4, 5, 6, 7))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 0),
        ("a,b\n1,2\n", 1),
        (HEAD, 0),
        ("Date,Open,High,Low,Volume\n", 1),
        (HEAD + '"2024-06-03,1\n', 2),
    ],
)
def test_what_is_no_such_file_is_refused(text: str, at: int) -> None:
    report, bundles = examined(text)
    assert report.refused and not bundles
    assert (report.refused.reason, report.refused.line) == ("invalid_csv", at)


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    for wrong in (b"\xff\xff\xff", b"\0"):
        report, _ = examined(HEAD.encode() + line("2024-06-03").encode() + wrong)
        assert report.refused and report.refused.line == 3


def test_two_symbols_are_not_mixed() -> None:
    head = HEAD.replace("Date", "Date,Symbol")
    mixed = head + line("2024-06-03,7203") + line("2024-06-04,6758")
    for text, at in ((mixed, 3), ("Date,A.Open,B.High,Low,Close,Volume\n", 1), ("9999 Other\n" + week(100), 1)):
        report, _ = examined(text)
        assert report.refused and (report.refused.reason, report.refused.line) == ("mixed_symbols", at)
    report, _ = examined(week(100), symbol="")
    assert report.refused and report.refused.reason == "unknown_symbol"


def test_what_is_merely_strange_is_reported_and_taken() -> None:
    text = HEAD + "".join(
        [
            line("2024-06-05", 100),
            line("2024-06-03", "100.1234567"),
            line("2024-06-05", 100),
            line("2024-06-06", 160, adjusted="110"),
            line("2024-06-07", 400),
            line("2024-06-08", 400, open="500"),
        ]
    )
    assert checks(text) == {
        "rounded": ("note", 5, (3,)),
        "unsorted": ("note", 1, (3,)),
        "duplicates": ("note", 1, (4,)),
        "splits": ("note", 1, (5,)),
        "jumps": ("warning", 1, (6,)),
        "outside_range": ("warning", 1, (7,)),
        "no_session": ("warning", 1, (7,)),
        "gaps": ("warning", 1, (2,)),
    }
    report, bundles = examined(text)
    assert report.refused is None and isinstance(bundles[0], RegisterPrices)
    assert [bar.day.day for bar in bundles[0].bars] == [3, 5, 6, 7, 8]
    assert bundles[0].bars[0].close == 100_123_457


def test_holidays_of_the_exchange_are_no_gaps() -> None:
    """29 April and 3 to 6 May 2024 were holidays in Tokyo."""
    days = ("2024-04-26", "2024-04-30", "2024-05-01", "2024-05-02", "2024-05-07")
    assert checks(HEAD + "".join(map(line, days))) == {}
