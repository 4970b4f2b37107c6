"""Telephone numbers as E.164, Japan where no country is written (domains.md B0)."""

from __future__ import annotations

import re
import unicodedata

SEPARATORS = re.compile(r"[\s\-().\u2010-\u2015\u30fc\u2212]+")
JAPAN = "81"
OURS = re.compile(r"^\+81(?!0)\d{9,10}$")
THEIRS = re.compile(r"^\+[1-9]\d{6,14}$")


def e164(written: str) -> str | None:
    """`+819012345678` for 090-1234-5678, 090-1234-5678 and +81 (0)90 1234 5678; None when it is no number."""
    bare = unicodedata.normalize("NFKC", written).strip()
    if bare.startswith("+"):
        bare = bare.replace("(0)", "", 1)
    digits = SEPARATORS.sub("", bare)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("010") and len(digits) > 11:
        digits = "+" + digits[3:]
    elif digits.startswith("0"):
        digits = f"+{JAPAN}{digits[1:]}"
    # +81090… is written often; the trunk zero belongs to the national form only.
    digits = re.sub(r"^\+810(?=\d)", "+81", digits)
    pattern = OURS if digits.startswith(f"+{JAPAN}") else THEIRS
    return digits if pattern.match(digits) else None
