"""Keys made at first start under `<home>/keys`, readable by their owner alone.

token.pem      Ed25519; signs development bearer tokens; its public half is jwks.json, which the edge serves
edge.pem       Ed25519; signs actor statements; edge.pub.pem is what workers verify with
<domain>.pem   X25519; opens what was sealed to that domain; <domain>.pub.pem is what others seal with
webhook.key    the secret that the card provider signs its webhooks with
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from infra.vault import write_private

PRIVATE = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
PUBLIC = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo


class Keys:
    """The keys under one home. Reading one that was not made raises FileNotFoundError."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "keys"

    def make(self, domains: Iterable[str]) -> None:
        """Makes what is missing and changes nothing that is there."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._pair("token", Ed25519PrivateKey.generate)
        self._pair("edge", Ed25519PrivateKey.generate)
        for domain in domains:
            if domain != "edge":
                self._pair(domain, X25519PrivateKey.generate)
        if not (path := self.folder / "webhook.key").exists():
            write_private(path, secrets.token_urlsafe(32).encode())
        if not (path := self.folder / "jwks.json").exists():
            write_private(path, json.dumps(self._published(), indent=2).encode())

    def private(self, name: str) -> bytes:
        """PEM (PKCS 8)."""
        return (self.folder / f"{name}.pem").read_bytes()

    def public(self, name: str) -> bytes:
        """PEM (SubjectPublicKeyInfo)."""
        return (self.folder / f"{name}.pub.pem").read_bytes()

    def opening(self, domain: str) -> bytes:
        """The raw X25519 key that opens what was sealed to the domain, 32 bytes."""
        key = load_pem_private_key(self.private(domain), None)
        return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

    def sealing(self, domain: str) -> bytes:
        """The raw X25519 key that others seal with, 32 bytes."""
        return load_pem_public_key(self.public(domain)).public_bytes(Encoding.Raw, PublicFormat.Raw)

    def jwks(self) -> dict[str, Any]:
        """The document that bearer tokens are verified with (RFC 7517, RFC 8037)."""
        document: dict[str, Any] = json.loads((self.folder / "jwks.json").read_text())
        return document

    def webhook_secret(self) -> str:
        return (self.folder / "webhook.key").read_text()

    def _pair(self, name: str, generate: Any) -> None:
        if (self.folder / f"{name}.pem").exists():
            return
        key = generate()
        write_private(self.folder / f"{name}.pub.pem", key.public_key().public_bytes(*PUBLIC))
        write_private(self.folder / f"{name}.pem", key.private_bytes(*PRIVATE))

    def _published(self) -> dict[str, Any]:
        raw = load_pem_public_key(self.public("token")).public_bytes(Encoding.Raw, PublicFormat.Raw)
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        # RFC 7638: the thumbprint names the key, so a new key has a new name.
        thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()
        kid = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}]}
