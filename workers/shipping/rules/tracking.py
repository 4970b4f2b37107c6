"""Tracking numbers: 12 digits, the last of which checks the others, as parcel carriers in Japan write them (S3-32)."""

from __future__ import annotations

import hashlib


def check_digit(payload: str) -> str:
    """The 11 digits as one number, modulo 7. Finds every single wrong digit unless it is off by 7."""
    return str(int(payload) % 7)


def is_valid(number: str) -> bool:
    return len(number) == 12 and number.isascii() and number.isdigit() and check_digit(number[:11]) == number[11]


def candidate(order_id: str, attempt: int) -> str:
    """The number of an order, always the same. Orders share 10**11 numbers, so a taken one needs another attempt."""
    digest = hashlib.sha256(f"{attempt}/{order_id}".encode()).digest()
    payload = f"{int.from_bytes(digest[:8], 'big') % 10**11:011d}"
    return payload + check_digit(payload)
