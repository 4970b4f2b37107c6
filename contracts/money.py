"""Money: integer minor units with a currency, never a float (domains.md B0)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

EXPONENT = MappingProxyType({
    "AUD": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLF": 4, "CLP": 0, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2,
    "GBP": 2, "HKD": 2, "HUF": 2, "IDR": 2, "ILS": 2, "INR": 2, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3,
    "MXN": 2, "MYR": 2, "NOK": 2, "NZD": 2, "OMR": 3, "PHP": 2, "PLN": 2, "SEK": 2, "SGD": 2, "THB": 2, "TND": 3,
    "TWD": 2, "USD": 2, "VND": 0, "ZAR": 2,
})  # fmt: skip
"""Digits after the point, by ISO 4217 alphabetic code."""

LARGEST = 10**12
"""Amounts stay below 2**53, so that every JSON reader keeps them whole."""


def _known(code: str) -> str:
    if code not in EXPONENT:
        raise ValueError(f"{code!r} is not a supported ISO 4217 currency code")
    return code


Currency = Annotated[str, Field(min_length=3, max_length=3), AfterValidator(_known)]


class Money(BaseModel):
    """An amount in the currency's smallest unit: 500 JPY is 500 yen, 500 GBP is 5 pounds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    amount: int = Field(ge=-LARGEST, le=LARGEST)
    currency: Currency

    def __add__(self, other: Money) -> Money:
        return self._same(other, self.amount + other.amount)

    def __sub__(self, other: Money) -> Money:
        return self._same(other, self.amount - other.amount)

    def __neg__(self) -> Money:
        return Money(amount=-self.amount, currency=self.currency)

    def __mul__(self, quantity: int) -> Money:
        return Money(amount=self.amount * quantity, currency=self.currency)

    def _same(self, other: Money, amount: int) -> Money:
        """Raises ValueError when the currencies differ: there is no exchange rate here."""
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return Money(amount=amount, currency=self.currency)


class Price(Money):
    """Money that somebody pays: more than nothing."""

    amount: int = Field(ge=1, le=LARGEST)


def total(parts: Iterable[Money]) -> Money:
    """Raises ValueError for no parts at all and for parts of several currencies."""
    first, *rest = parts
    for part in rest:
        first = first + part
    return first


def allocate(whole: Money, weights: Sequence[int]) -> list[Money]:
    """Split by weight so that the parts sum to the whole (largest remainder; ties go to the earlier part)."""
    if not weights or min(weights) < 0 or sum(weights) == 0:
        raise ValueError("weights must not be negative and must not sum to zero")
    scale = sum(weights)
    shares = [divmod(whole.amount * weight, scale) for weight in weights]
    short = whole.amount - sum(share for share, _ in shares)
    largest = sorted(range(len(shares)), key=lambda n: (-shares[n][1], n))[:short]
    return [Money(amount=share + (n in largest), currency=whole.currency) for n, (share, _) in enumerate(shares)]
