"""Opens addresses that were sealed to identity, and digests them with a key that only identity has.

Both keys come from the one that this installation made for identity: whoever loses it loses the addresses too.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.sealed import Sealed
from infra.unsealing import key_of, unsealing
from workers.identity.rules.emails import Written, canonical

DOMAIN = "identity"
LONGEST = 254


def read(sealed: Sealed) -> Written:
    """Raises ValueError for a box that this key does not open or that holds no address, FileNotFoundError without a key."""
    email = unsealing(DOMAIN)(sealed).decode()
    if "@" not in email or len(email) > LONGEST:
        raise ValueError("what was sealed is no e-mail address")
    return Written(email, index_of(email, key_of(DOMAIN)))


def index_of(email: str, key: bytes) -> str:
    """Without the key nobody can find out, by trying, whose address a digest is."""
    secret = HKDF(SHA256(), 32, salt=None, info=b"hikyaku identity email index v1").derive(key)
    return hmac.digest(secret, canonical(email).encode(), "sha256").hex()
