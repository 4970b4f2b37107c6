"""Sealed values: X25519, HKDF-SHA256 and AES-256-GCM, to one domain's public key.

The box is base64url(ephemeral public key 32 | nonce 12 | ciphertext and tag); the domain's name is authenticated too,
so a box cannot be passed to another domain under its name.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.sealed import Sealed
from infra.errors import KernelError


class Unsealable(KernelError, ValueError):
    """The box was made for somebody else, or is damaged."""


def seal(public_key: bytes, to: str, plaintext: bytes) -> Sealed:
    """`public_key` is the domain's raw X25519 key, 32 bytes."""
    ephemeral = X25519PrivateKey.generate()
    secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key))
    mine, nonce = ephemeral.public_key().public_bytes_raw(), os.urandom(12)
    box = mine + nonce + _cipher(secret, mine, public_key).encrypt(nonce, plaintext, to.encode())
    return Sealed(to=to, box=base64.urlsafe_b64encode(box).decode())


def open_(private_key: bytes, sealed: Sealed) -> bytes:
    """`private_key` is the domain's raw X25519 key. Raises Unsealable."""
    key = X25519PrivateKey.from_private_bytes(private_key)
    try:
        box = base64.urlsafe_b64decode(sealed.box)
        theirs, nonce, text = box[:32], box[32:44], box[44:]
        secret = key.exchange(X25519PublicKey.from_public_bytes(theirs))
        return _cipher(secret, theirs, key.public_key().public_bytes_raw()).decrypt(nonce, text, sealed.to.encode())
    except (InvalidTag, ValueError):
        raise Unsealable(f"a box sealed to {sealed.to} cannot be opened with this key") from None


def _cipher(secret: bytes, sender: bytes, receiver: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=sender + receiver, info=b"hikyaku sealed v1").derive(secret))
