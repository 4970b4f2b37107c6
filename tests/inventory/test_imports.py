"""A CSV of products: it arrives in parts, is read by jobs and registered line by line."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from contracts.inventory import (
    PART,
    ImportFault,
    ImportFinished,
    ImportProducts,
    ImportProgressed,
    ImportRefused,
    ProductChanged,
    ProductRegistered,
    RegisterImported,
    RunImport,
)
from infra.spec import Spec
from tests.inventory.words import given, product, stock
from workers.inventory.jobs import read, run_import
from workers.inventory.rules.state import ImportPart, Product, Stock

HEADER = "sku,name,category,unit_price,currency,low_stock_threshold\n"
TWO = HEADER + "CUP,Cup,kitchen,100,JPY,3\nPOT,Pot,kitchen,500,JPY,1\n"


def parts(text: str, size: int = PART) -> list[ImportProducts]:
    cut = [text[at : at + size] for at in range(0, max(len(text), 1), size)]
    return [ImportProducts(import_id="I", part=n, parts=len(cut), text=one) for n, one in enumerate(cut)]


def imported(text: str, size: int = PART, spec: Spec | None = None) -> tuple[Spec, list[object]]:
    """The whole way, the jobs included; and everything that was told on it."""
    spec = spec or given()
    told: list[object] = []
    for message in parts(text, size):
        spec.when(message)
    while jobs := [one for one in spec.sent if isinstance(one, RunImport)]:
        spec.when(read(jobs[0]))
        told += [one for one in spec.sent if not isinstance(one, RunImport)]
    return spec, told


def test_nothing_is_read_before_the_last_part_is_there() -> None:
    first, second = parts(TWO, len(TWO) // 2 + 1)
    spec = given().when(second).then()
    spec.when(first)
    assert [one.final for one in spec.sent if isinstance(one, RunImport)] == [True]


@pytest.mark.req("S3-57")
def test_a_part_that_comes_twice_is_one_part() -> None:
    first, second = parts(TWO, len(TWO) // 2 + 1)
    given().when(first).when(first).then().when(second, first).when(second).then()


def test_every_line_becomes_a_product() -> None:
    spec, told = imported(TWO)
    assert [type(one) for one in told] == [ProductRegistered, ProductRegistered, ImportFinished]
    assert told[-1] == ImportFinished(import_id="I", rows=2, registered=2, failed=0)
    assert spec.row(Product, "POT").amount == 500  # type: ignore[union-attr]
    assert spec.row(Stock, "POT") == Stock("POT", "kitchen", 1)


def test_a_known_product_is_replaced() -> None:
    spec, told = imported(TWO, spec=given(product("CUP", price=1), stock("CUP", 7)))
    assert [type(one) for one in told] == [ProductChanged, ProductRegistered, ImportFinished]
    assert spec.row(Stock, "CUP").on_hand == 7  # type: ignore[union-attr]


def test_bad_lines_are_named_and_the_good_ones_registered() -> None:
    text = HEADER + "CUP,Cup,kitchen,1.5,JPY,3\nPOT,Pot,kitchen,500,XYZ,1\nPAN,Pan\nJUG,Jug,kitchen,1,JPY,0\n"
    _, told = imported(text)
    finished = told[-1]
    assert isinstance(finished, ImportFinished)
    assert (finished.rows, finished.registered, finished.failed) == (4, 1, 3)
    assert [fault.line for fault in finished.faults] == [2, 3, 4]
    assert finished.faults[0].error == "unit_price: not a whole number"
    assert finished.faults[1].error.startswith("unit_price.currency:")
    assert finished.faults[2].error == "2 columns instead of 6"


def test_a_hundred_faults_are_named_and_the_others_counted() -> None:
    _, told = imported(HEADER + "x\n" * 250)
    assert isinstance(told[-1], ImportFinished)
    assert (told[-1].failed, len(told[-1].faults)) == (250, 100)


def test_progress_is_told_on_the_way() -> None:
    rows = "".join(f"SKU-{n},Name,kitchen,100,JPY,0\n" for n in range(120))
    _, told = imported(HEADER + rows)
    assert [one.rows for one in told if isinstance(one, ImportProgressed)] == [50, 100]
    assert told[-1] == ImportFinished(import_id="I", rows=120, registered=120, failed=0)


@pytest.mark.req("S3-57")
def test_a_run_that_is_done_twice_counts_once() -> None:
    """Jobs are done at least once."""
    spec = given().when(*parts(TWO))
    job = spec.sent[-1]
    assert isinstance(job, RunImport)
    (answer,) = asyncio.run(run_import(job))
    spec.when(answer)
    spec.when(answer).then()


def test_the_text_is_forgotten_when_it_is_read() -> None:
    spec, _ = imported(TWO, size=40)
    assert not [key for kind, key in spec.rows if kind is ImportPart]


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ("name,sku\nCup,CUP\n", 1), (HEADER + '"CUP,Cup\n', 2), (HEADER + "CUP," + "x" * 2 * PART, 2)],
)
def test_what_is_no_such_file_is_refused_with_its_line(text: str, line: int) -> None:
    spec, told = imported(text)
    assert isinstance(told[-1], ImportRefused)
    assert (told[-1].reason, told[-1].line) == ("invalid_csv", line)
    assert not [key for kind, key in spec.rows if kind is ImportPart]


def test_a_byte_order_mark_and_quotes_are_read() -> None:
    spec, told = imported("\ufeff" + HEADER + '"CUP","Cup, ""large""\nand blue",kitchen,100,JPY,3\r\n')
    assert told[-1] == ImportFinished(import_id="I", rows=1, registered=1, failed=0)
    assert spec.row(Product, "CUP").name == 'Cup, "large"\nand blue'  # type: ignore[union-attr]


def test_a_fault_repeats_nothing_of_the_line() -> None:
    answer = read(RunImport(import_id="I", line=2, text="CUP,Cup,kitchen,<script>,JPY,0\n", final=True))
    assert answer == RegisterImported(
        import_id="I", line=2, lines=1, taken=31, faults=(ImportFault(line=2, error="unit_price: not a whole number"),)
    )


@settings(max_examples=50, deadline=None)
@anything(st.lists(st.text('ab,"\n ', max_size=12), max_size=70), st.integers(13, 400))
def test_where_the_file_is_cut_makes_no_difference(names: list[str], size: int) -> None:
    rows = "".join(f'SKU-{n},"{name.replace(chr(34), chr(34) * 2)}",kitchen,100,JPY,0\n' for n, name in enumerate(names))
    text = HEADER + rows
    size = max(size, len(text) // 400 + 1)  # at most 500 parts
    whole, told_whole = imported(text)
    cut, told_cut = imported(text, size)
    assert told_whole == told_cut
    assert whole.rows.keys() == cut.rows.keys()
