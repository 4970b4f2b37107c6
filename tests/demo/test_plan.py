"""The plan of a run: orders, prices, stock and wallets follow from the lines and the seed alone."""

import re
from collections import Counter
from random import Random

from contracts.inventory import NewProduct
from edge.routes.order import NewOrder
from infra.demo import addresses, catalogue, lines
from infra.demo.plan import MOST_LINES, Plan, plan
from tests.demo.words import CUP, GLOBE, LAMP, NINE, small_plan
from workers.shipping.rules import postcodes


def real(repeat: int = 1, seed: int = 1) -> Plan:
    return plan(lines.read()[0], "abc123", repeat=repeat, seed=seed)


def test_the_price_is_the_median_that_somebody_really_paid() -> None:
    paid = [CUP._replace(pence=pence) for pence in (100, 250, 300, 999)]
    assert [one.pence for one in catalogue.products(paid)] == [250]


def test_a_category_is_the_first_with_a_word_of_the_name() -> None:
    assert catalogue.category("CHRISTMAS LIGHTS 10 REINDEER") == "Christmas"
    assert catalogue.category("CHARLOTTE BAG SUKI DESIGN") == "Bags"
    assert catalogue.category("BAGATELLE") == catalogue.OTHER


def test_an_invoice_is_an_order_and_the_same_product_on_two_lines_is_summed() -> None:
    (order,) = small_plan(CUP, LAMP, CUP._replace(quantity=5)).orders
    assert order.quantities == {"run-11111": 15, "run-22222": 2}


def test_an_order_of_more_than_a_hundred_products_is_split_and_nothing_is_missing() -> None:
    many = [CUP._replace(code=f"{10_000 + n}") for n in range(250)]
    planned = small_plan(*many)
    assert [len(order.quantities) for order in planned.orders] == [100, 100, 50]
    assert len({order.key for order in planned.orders}) == 3
    assert {sku for order in planned.orders for sku in order.quantities} == {f"run-{one.code}" for one in many}


def test_each_invoice_without_a_customer_has_a_guest_of_its_own_in_every_repetition() -> None:
    customers = [order.customer_id for order in small_plan(CUP, GLOBE, repeat=2).orders]
    assert customers == ["run-77", "run-guest-1002-1", "run-77", "run-guest-1002-2"]


def test_stock_is_ninety_five_percent_of_what_all_repetitions_want() -> None:
    assert small_plan().stock == {"run-11111": 38, "run-22222": 2, "run-33333": 1}
    assert small_plan(repeat=20).stock == {"run-11111": 760, "run-22222": 38, "run-33333": 19}


def test_wallets_hold_what_their_orders_cost_and_no_more() -> None:
    planned = real()
    wanted: Counter[str] = Counter()
    for order in planned.orders:
        wanted[order.customer_id] += planned.cost(order) if order.method == "wallet" else 0
    assert {customer: pence for customer, pence in wanted.items() if pence} == planned.deposits


def test_the_seed_decides_everything_else() -> None:
    assert real(seed=3) == real(seed=3)
    assert real(seed=3).orders != real(seed=4).orders
    assert {order.method for order in real().orders} == {"wallet", "card", "pay_later"}


def test_no_more_orders_than_wished_and_no_product_that_none_of_them_wants() -> None:
    planned = small_plan(repeat=5, most=1)
    assert [order.key for order in planned.orders] == ["run-1001-1-1"]
    assert [one.code for one in planned.shelf] == ["11111", "22222"]


def test_the_edge_takes_every_order_and_inventory_every_product() -> None:
    planned = real(repeat=2)
    for order in planned.orders:
        NewOrder.model_validate(order.body | {"items": tuple(order.body["items"])})
        assert len(order.quantities) <= MOST_LINES
        assert re.fullmatch(r"[\x21-\x7e]{1,255}", order.key)
    for one in planned.shelf:
        price = {"amount": one.pence, "currency": catalogue.CURRENCY}
        NewProduct(sku=planned.prefix + one.code, name=one.name, category=one.category, unit_price=price, low_stock_threshold=0)  # type: ignore[arg-type]
    assert len({order.key for order in planned.orders}) == len(planned.orders) == 2 * 245


def test_parcels_go_to_all_prefectures_under_postcodes_that_lie_there() -> None:
    chance = Random(7)
    drawn = [addresses.draw(chance) for _ in range(1000)]
    assert len({one["prefecture"] for one in drawn}) == 47
    for one in drawn:
        assert postcodes.belongs(one["postal_code"], one["prefecture"]), one
        assert postcodes.is_served(one["postal_code"])


def test_the_time_of_a_line_counts_before_its_number() -> None:
    late, early = CUP._replace(at=NINE.replace(hour=12)), GLOBE
    kept, _ = lines.sift(
        {
            "InvoiceNo": one.invoice, "StockCode": one.code, "Description": one.name, "Quantity": f"{one.quantity}",
            "InvoiceDate": f"{one.at:%m/%d/%Y %H:%M}", "UnitPrice": f"{one.pence / 100}", "CustomerID": one.customer,
        }
        for one in (late, early)
    )  # fmt: skip
    assert [one.invoice for one in kept] == ["1002", "1001"]
