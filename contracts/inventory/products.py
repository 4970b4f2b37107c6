"""The product master (S3-10, S3-63)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.inventory.lines import MOST
from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.money import Price

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
"""So short that a hundred priced lines, in any script, stay below the 64 KiB of a message."""
Category = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]


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


class ProductAnswer(Answer):
    sku: str
    name: str
    category: str
    unit_price: Price
    low_stock_threshold: int
    updated_at: datetime


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
