"""Products by the file: a CSV in parts, read by a job with progress."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.inventory.lines import MOST
from contracts.inventory.products import Category, Name
from contracts.message import Command, Event, Id, Job, Refusal
from contracts.money import Price

PART = 12_000
"""Characters of an imported file in one message: below 64 KiB in any script and with every quote escaped."""


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


class NewProduct(BaseModel):
    """One product of an imported file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Id
    name: Name
    category: Category
    unit_price: Price
    low_stock_threshold: int = Field(ge=0, le=MOST, strict=True)


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
