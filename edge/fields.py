"""What a request may contain, field by field: strict types that name the mistake (S3-73)."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from contracts.money import LARGEST

BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make a text read other than it is stored."""

HIDDEN = BIDI | frozenset("\u200b\u2060\ufeff\u00ad")
UNREADABLE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


class Request(BaseModel):
    """Base of every request body: no unknown fields, no conversions between types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def plain(text: str) -> str:
    """NFC, without blanks around it. Raises for control, bidirectional, invisible and unassigned characters."""
    clean = _readable(text)
    if not clean:
        raise PydanticCustomError("blank", "is blank")
    return clean


def prose(text: str) -> str:
    """The same for a text of several lines, with tabs, that may be empty."""
    return _readable(text.replace("\r\n", "\n"), "\n\t")


def _readable(text: str, besides: str = "") -> str:
    for character in text:
        if character not in besides and (character in HIDDEN or unicodedata.category(character) in UNREADABLE):
            raise PydanticCustomError("forbidden_character", "contains the forbidden character U+{code}", {
                "code": f"{ord(character):04X}"
            })  # fmt: skip
    return unicodedata.normalize("NFC", text).strip()


Label = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain)]
ProductName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(plain)]
ShortText = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(plain)]
Amount = Annotated[int, Field(ge=1, le=LARGEST, description="integer minor units of the currency")]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
