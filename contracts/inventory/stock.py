"""Stock as a ledger of movements (S3-10 … S3-13), and what orders without a stock check still lack (S3-92)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.inventory.lines import MOST
from contracts.message import Answer, Command, Event, Id, Query, Refusal


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


class StockOversold(Event):
    """An order that skipped the stock check took more than there was; somebody has to find the rest (S3-92)."""

    topic, about, key, aggregate = "inventory.stock-oversold.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str
    sku: str
    quantity: int


class ReplenishStock(Command):
    """Fills the shelf, or corrects it: `receive`, `return` and `damage` count upwards from 1; `adjust` has a sign (S3-12)."""

    topic, about, key = "inventory.replenish-stock.v1", "sku", "category"
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


class StockAnswer(Answer):
    sku: str
    on_hand: int
    reserved: int
    available: int


class GetStock(Query):
    topic, about = "inventory.get-stock.v1", "sku"
    sku: Id


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
    slow = True
    sku: str = Field(default="", max_length=64)
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)
