"""A shipping address: checked, normalised and sealed to shipping before anything is stored (S3-34, S3-35, S3-75)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from contracts.sealed import Sealed
from contracts.shipping import Destination, Recipient
from edge import phones, prefectures
from edge.fields import Label, Request

POSTAL_CODE = re.compile(r"^(\d{3})-?(\d{4})$")

Seal: TypeAlias = Callable[[str, bytes], Sealed]
"""Encrypts for the named domain."""


def postal_code(written: str) -> str:
    """`100-0001` for 100-0001, 1000001 and 〒100-0001."""
    found = POSTAL_CODE.match(unicodedata.normalize("NFKC", written).strip().removeprefix("〒").strip())
    if not found:
        raise PydanticCustomError("postal_code", "is not a Japanese postal code such as 100-0001")
    return f"{found[1]}-{found[2]}"


def prefecture(written: str) -> str:
    code = prefectures.code(written)
    if code is None:
        raise PydanticCustomError("prefecture", "is not a prefecture such as JP-13, 東京都 or Tokyo")
    return code


def phone(written: str) -> str:
    number = phones.e164(written)
    if number is None:
        raise PydanticCustomError("phone", "is not a telephone number such as 090-1234-5678 or +819012345678")
    return number


class Address(Request):
    """Where an order goes. What names a person leaves the edge only inside a seal."""

    postal_code: Annotated[str, Field(max_length=16), AfterValidator(postal_code)]
    prefecture: Annotated[str, Field(max_length=32), AfterValidator(prefecture)]
    city: Label
    line1: Label
    recipient: Label
    phone: Annotated[str, Field(max_length=32), AfterValidator(phone)]

    def sealed(self, seal: Seal) -> Destination:
        person = Recipient(city=self.city, line1=self.line1, recipient=self.recipient, phone=self.phone)
        return Destination(
            postal_code=self.postal_code,
            prefecture=self.prefecture,
            recipient=seal("shipping", person.model_dump_json().encode()),
        )
