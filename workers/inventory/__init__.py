"""Owns products, stock and its reservations. Never knows what an order costs in all, or where it goes."""

from __future__ import annotations

from datetime import timedelta

from contracts.inventory import (
    ConfirmReservation,
    ExpireReservation,
    GetProduct,
    GetReservation,
    GetStock,
    ImportProducts,
    ListOversold,
    ListProducts,
    RegisterImported,
    RegisterProduct,
    ReleaseReservation,
    ReplenishStock,
    ReserveStock,
    ReturnStock,
    RunImport,
)
from contracts.order import OrderDegraded
from infra.group import Group
from infra.settings import lanes_of, settings
from storage import inventory as tables
from workers.inventory import jobs, queries
from workers.inventory.rules import imports, movements, products, reconciliation, reservations, state

group = Group(
    "inventory",
    tables={
        state.ProductImport: tables.product_import,
        state.ImportPart: tables.import_part,
        state.Reservation: tables.reservation,
        state.Movement: tables.movement,
        state.Product: tables.product,
        state.Stock: tables.stock,
        state.Oversold: tables.oversold,
    },
    lookups={state.Overdue: tables.overdue},
    aggregates={"product": state.Product, "stock": state.Stock, "reservation": state.Reservation},
    sends=(RunImport,),
    partitions=lanes_of("inventory"),
    metadata=tables.metadata,
)

group.on(RegisterProduct, products.register_product)
group.on(ReplenishStock, movements.move_stock)
group.on(ReserveStock, reservations.reserving(timedelta(seconds=settings().reservation_ttl)))
group.on(ConfirmReservation, reservations.confirm_reservation)
group.on(ReleaseReservation, reservations.release_reservation)
group.on(ReturnStock, reservations.return_stock)
group.on(ExpireReservation, reservations.expire_reservation)
group.on(OrderDegraded, reconciliation.sell_unchecked)
group.on(ImportProducts, imports.import_products)
group.on(RegisterImported, imports.register_imported)
group.does(RunImport, jobs.run_import)

group.answers(GetProduct, queries.product)
group.answers(ListProducts, queries.products)
group.answers(GetStock, queries.stock)
group.answers(GetReservation, queries.reservation)
group.answers(ListOversold, queries.oversold)
