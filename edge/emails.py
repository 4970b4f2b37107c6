"""E-mail addresses, checked and normalised before they are sealed."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError


def email(written: str) -> str:
    """The local part as written (NFC), the domain in lower case and Unicode. Nobody is asked whether it can be reached."""
    try:
        return validate_email(written, check_deliverability=False).normalized
    except EmailNotValidError:
        # The library's sentence may quote the address.
        raise PydanticCustomError("email", "is not an e-mail address such as taro@example.jp") from None


Email: TypeAlias = Annotated[str, Field(max_length=254), AfterValidator(email)]
