"""What the till wrote, and what of it can be ordered again."""

import pytest

from infra.demo import lines

ROW = {
    "InvoiceNo": "536389", "StockCode": "22196", "Description": " SMALL  HEART SPOONS ", "Quantity": "24",
    "InvoiceDate": "12/1/2010 10:03", "UnitPrice": "0.85", "CustomerID": "12431", "Country": "Australia",
}  # fmt: skip


def test_a_line_is_read_in_pence_and_without_needless_blanks() -> None:
    (line,), left_out = lines.sift([ROW])
    assert (line.name, line.pence, line.quantity, line.customer) == ("SMALL HEART SPOONS", 85, 24, "12431")
    assert not left_out


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"InvoiceNo": "C536379", "Quantity": "-1"}, "cancellation"),
        ({"StockCode": "POST"}, "no product"),
        ({"StockCode": "BANK CHARGES"}, "no product"),
        ({"StockCode": "M"}, "no product"),
        ({"Quantity": "-9"}, "no quantity"),
        ({"UnitPrice": "0"}, "no price"),
        ({"UnitPrice": "0.001"}, "no price"),
        ({"UnitPrice": "-11062.06"}, "no price"),
    ],
)
def test_a_line_that_nobody_can_order_is_left_out_for_its_reason(change: dict[str, str], reason: str) -> None:
    kept, left_out = lines.sift([ROW | change])
    assert not kept
    assert left_out == {reason: 1}


def test_a_code_means_the_same_product_however_it_is_written() -> None:
    kept, _ = lines.sift([ROW | {"StockCode": "85123a"}, ROW | {"StockCode": "85123A"}])
    assert {line.code for line in kept} == {"85123A"}


def test_the_file_that_comes_with_the_program_is_read_whole_and_in_order() -> None:
    kept, left_out = lines.read()
    assert len(kept) == 4688
    assert not left_out
    assert kept == sorted(kept, key=lambda line: (line.at, line.invoice))
    assert "CC BY 4.0" in lines.FILE.with_name("ATTRIBUTION.md").read_text()
