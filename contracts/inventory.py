"""The published language of inventory: products, stock and reservations (S3-10 … S3-19)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.message import Answer, Command, Event, Id, Job, Query, Refusal
from contracts.money import Price

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
"""So short that a hundred priced lines, in any script, stay below the 64 KiB of a message."""
Category = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
MOST = 1_000_000
"""Pieces in one line and in one movement."""
PART = 12_000
"""Characters of an imported file in one message: below 64 KiB in any script and with every quote escaped."""


class Line(BaseModel):
    """So many pieces of one product."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Id
    quantity: int = Field(ge=1, le=MOST, strict=True)


class PricedLine(Line):
    """A line with what the master says of it when it was reserved."""

    name: str
    unit_price: Price


def demand(lines: tuple[Line, ...]) -> Mapping[str, int]:
    """The same sku on two lines is one demand with their sum."""
    wanted: Counter[str] = Counter()
    for line in lines:
        wanted[line.sku] += line.quantity
    return dict(wanted)


# What happened


class ProductRegistered(Event):
    topic, about, key, aggregate = "inventory.product-registered.v1", "sku", "category", "product"
    sku: str
    name: str
    category: str
    unit_price: Price
    low_stock_threshold: int


class ProductChanged(ProductRegistered):
    topic = "inventory.product-changed.v1"


class ProductRefused(Refusal):
    """`already_exists`: the sku is taken by a product with other data."""

    topic, about, key = "inventory.product-refused.v1", "sku", "category"
    sku: str
    category: str
    reason: Literal["already_exists"]


class StockMoved(Event):
    """One movement of the ledger that somebody asked for; `quantity` is signed.

    Asked for again, it is told again under the same id.
    """

    topic, about, key, aggregate = "inventory.stock-moved.v1", "sku", "category", "stock"
    movement_id: str
    sku: str
    category: str
    quantity: int
    reason: Literal["receive", "adjust", "sale", "return", "damage"]
    on_hand: int
    reserved: int
    available: int


class MovedLine(BaseModel):
    """How a movement left one sku; `quantity` is signed."""

    model_config = ConfigDict(frozen=True)

    sku: str
    quantity: int
    on_hand: int
    reserved: int
    available: int


class OrderStockMoved(Event):
    """The movements that one order caused, told at once: an order of twenty lines is one message, not twenty."""

    topic, about, key, aggregate = "inventory.order-stock-moved.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str = ""
    reason: Literal["sale", "return"]
    lines: tuple[MovedLine, ...]


class MovementRefused(Refusal):
    topic, about = "inventory.movement-refused.v1", "sku"
    sku: str
    reason: Literal["unknown_product", "insufficient_stock"]


class StockLow(Event):
    """Once per crossing of the threshold, downwards."""

    topic, about, key, aggregate = "inventory.stock-low.v1", "sku", "category", "stock"
    sku: str
    category: str
    available: int
    threshold: int


class StockReserved(Event):
    topic, about, key, aggregate = "inventory.stock-reserved.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str
    lines: tuple[PricedLine, ...]
    expires_at: datetime


class ReservationRefused(Refusal):
    """`invalid_state`: the reservation is over already, or was given up before it was asked for."""

    topic, about, key = "inventory.reservation-refused.v1", "order_id", "customer_id"
    order_id: str
    customer_id: str = ""
    reason: Literal["unknown_product", "insufficient_stock", "reservation_expired", "invalid_state"]
    skus: tuple[str, ...] = ()


class ReservationConfirmed(Event):
    topic, about, key, aggregate = "inventory.reservation-confirmed.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str = ""


class ReservationReleased(Event):
    """Nothing is held for this order any more, be it released now, before, or expired in the meantime."""

    topic, about, key, aggregate = "inventory.reservation-released.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str = ""


class ReservationExpired(Event):
    topic, about, key, aggregate = "inventory.reservation-expired.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str = ""


class StockOversold(Event):
    """An order that skipped the stock check took more than there was; somebody has to find the rest (S3-92)."""

    topic, about, key, aggregate = "inventory.stock-oversold.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str
    sku: str
    quantity: int


class StockReturned(Event):
    """Sold stock of a cancelled order is on the shelf again."""

    topic, about, key, aggregate = "inventory.stock-returned.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str = ""


class ImportFault(BaseModel):
    """What is wrong with one line of an imported file."""

    model_config = ConfigDict(frozen=True)

    line: int
    error: str


class ImportProgressed(Event):
    topic, about = "inventory.import-progressed.v1", "import_id"
    import_id: str
    rows: int
    failed: int


class ImportFinished(Event):
    """Every good line is registered. `faults` names the first hundred of the `failed` ones."""

    topic, about = "inventory.import-finished.v1", "import_id"
    import_id: str
    rows: int
    registered: int
    failed: int
    faults: tuple[ImportFault, ...] = ()


class ImportRefused(Refusal):
    """It is not the CSV that was asked for, and was read no further than `line`."""

    topic, about = "inventory.import-refused.v1", "import_id"
    import_id: str
    reason: Literal["invalid_csv"]
    line: int
    error: str


# What can be asked of inventory


class NewProduct(BaseModel):
    """One product of an imported file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Id
    name: Name
    category: Category
    unit_price: Price
    low_stock_threshold: int = Field(ge=0, le=MOST, strict=True)


class RegisterProduct(Command):
    """With `replace` the master data of a known sku is changed; without, other data is refused."""

    topic, about, key = "inventory.register-product.v1", "sku", "category"
    succeeds, fails = (ProductRegistered, ProductChanged), (ProductRefused,)
    sku: Id
    name: Name
    category: Category
    unit_price: Price
    low_stock_threshold: int = Field(ge=0, le=MOST, strict=True)
    replace: bool = False


class MoveStock(Command):
    """A movement of the ledger. `receive`, `return` and `damage` count upwards from 1; `adjust` has a sign."""

    topic, about, key = "inventory.move-stock.v1", "sku", "category"
    succeeds, fails = (StockMoved,), (MovementRefused,)
    movement_id: Id
    sku: Id
    category: str = Field(default="", max_length=64, description="routes; the owner knows the truth")
    quantity: int = Field(ge=-MOST, le=MOST, strict=True)
    reason: Literal["receive", "adjust", "return", "damage"]
    actor: str = Field(default="", max_length=64)

    @model_validator(mode="after")
    def _moves_something(self) -> Self:
        if self.quantity == 0 or (self.quantity < 0 and self.reason != "adjust"):
            raise ValueError("only an adjustment may be negative, and nothing may be zero")
        return self


class ReserveStock(Command):
    """Hold every line or none, until confirmed, released or expired. The order id is the idempotency key (S3-19)."""

    topic, about, key = "inventory.reserve-stock.v1", "order_id", "category"
    succeeds, fails = (StockReserved,), (ReservationRefused,)
    order_id: Id
    customer_id: Id
    lines: tuple[Line, ...] = Field(min_length=1, max_length=100)
    category: str = Field(default="", max_length=64, description="of the first line: routes (S3-61)")


class ConfirmReservation(Command):
    """The stock is sold."""

    topic, about, key = "inventory.confirm-reservation.v1", "order_id", "category"
    succeeds, fails = (ReservationConfirmed,), (ReservationRefused,)
    order_id: Id
    category: str = Field(default="", max_length=64)


class ReleaseReservation(Command):
    """Give back what is held. One that comes before its reservation closes it beforehand."""

    topic, about, key = "inventory.release-reservation.v1", "order_id", "category"
    succeeds, fails = (ReservationReleased,), (ReservationRefused,)
    order_id: Id
    category: str = Field(default="", max_length=64)


class ReturnStock(Command):
    """Put the sold stock of a cancelled order back, once. One that comes before the sale prevents it."""

    topic, about, key = "inventory.return-stock.v1", "order_id", "category"
    succeeds, fails = (StockReturned,), (ReservationRefused,)
    order_id: Id
    category: str = Field(default="", max_length=64)


class ExpireReservation(Command):
    """The timer of a reservation rang."""

    topic, about, key = "inventory.expire-reservation.v1", "order_id", "category"
    order_id: Id
    category: str = ""


class ImportProducts(Command):
    """One part of a CSV file: any cut of at most `PART` characters will do. The last one to come starts the import.

    Columns `sku,name,category,unit_price,currency,low_stock_threshold`, the price in minor units; every line registers
    its product, or replaces it.
    """

    topic, about = "inventory.import-products.v1", "import_id"
    succeeds, fails = (ImportFinished,), (ImportRefused,)
    import_id: Id
    part: int = Field(ge=0, lt=500)
    parts: int = Field(ge=1, le=500)
    text: str = Field(max_length=PART, pattern=r"^[^\x00]*$")

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if self.part >= self.parts:
            raise ValueError("parts are counted from 0")
        return self


class RunImport(Job):
    """Read the next lines of an imported file. Answers with RegisterImported."""

    topic, about = "inventory.run-import.v1", "import_id"
    import_id: Id
    line: int = Field(ge=1, description="of the file, where this text begins; the first line names the columns")
    text: str = Field(max_length=PART)
    final: bool = Field(description="the file ends with this text; otherwise its last line may be cut")


class RegisterImported(Command):
    """What a job has read, so many lines and characters further. `line`, where it began, betrays a repetition."""

    topic, about = "inventory.register-imported.v1", "import_id"
    import_id: Id
    line: int
    lines: int = Field(ge=0)
    taken: int = Field(ge=0)
    products: tuple[NewProduct, ...] = Field(default=(), max_length=50)
    faults: tuple[ImportFault, ...] = Field(default=(), max_length=50)
    refused: ImportFault | None = Field(default=None, description="why the file cannot be read any further")


# What can be asked about


class ProductAnswer(Answer):
    sku: str
    name: str
    category: str
    unit_price: Price
    low_stock_threshold: int
    updated_at: datetime


class StockAnswer(Answer):
    sku: str
    on_hand: int
    reserved: int
    available: int


class ReservationAnswer(Answer):
    reservation_id: str
    order_id: str
    customer_id: str
    items: tuple[Line, ...]
    status: Literal["held", "confirmed", "released", "expired"]
    expires_at: datetime
    created_at: datetime


class ProductPage(Answer):
    items: tuple[ProductAnswer, ...]
    next_cursor: str | None


class GetProduct(Query):
    topic, about = "inventory.get-product.v1", "sku"
    sku: Id


class ListProducts(Query):
    topic, about = "inventory.list-products.v1", "category"
    category: str = Field(default="", max_length=64)
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)


class GetStock(Query):
    topic, about = "inventory.get-stock.v1", "sku"
    sku: Id


class GetReservation(Query):
    topic, about = "inventory.get-reservation.v1", "order_id"
    order_id: Id


class OversoldLine(BaseModel):
    model_config = ConfigDict(frozen=True)

    order_id: str
    sku: str
    quantity: int
    at: datetime


class OversoldPage(Answer):
    items: tuple[OversoldLine, ...]
    next_cursor: str | None


class ListOversold(Query):
    """What orders without a stock check still lack, in a stable order."""

    topic, about = "inventory.list-oversold.v1", "sku"
    sku: str = Field(default="", max_length=64)
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)
