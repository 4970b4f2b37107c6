"""Values that only one domain may read."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Sealed(BaseModel):
    """Encrypted by the sender to one domain's public key; opened only inside that domain.

    What travels, rests in a queue or ends as a dead letter is the ciphertext, base64url, at most 8 KiB.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str = Field(pattern=r"^[a-z_]{1,32}$", description="the domain that can open it")
    box: str = Field(max_length=8192)
