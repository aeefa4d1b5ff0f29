"""A passkey in software, which answers as a browser and its device do (W3C Web Authentication)."""

from __future__ import annotations

import hashlib
import json
import secrets
from copy import copy
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

_USER_PRESENT, _USER_VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


class SoftwarePasskey:
    """One key for one host; what it is told of the host, it believes."""

    def __init__(self, origin: str, host: str) -> None:
        self.origin, self.host = origin, host
        self.counter = 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(16)

    def copied(self, *, origin: str = "", host: str = "") -> SoftwarePasskey:
        """The same key, where it believes to be somewhere else."""
        made = copy(self)
        made.origin, made.host = origin or self.origin, host or self.host
        return made

    def create(self, options: dict[str, Any]) -> str:
        """The answer to ``navigator.credentials.create``."""
        data = self._data(_ATTESTED, self._credential())
        attestation = {"fmt": "none", "attStmt": {}, "authData": data}
        response = {
            "clientDataJSON": self._client_data("webauthn.create", options),
            "attestationObject": bytes_to_base64url(cbor2.dumps(attestation)),
        }
        return self._answer(response)

    def get(self, options: dict[str, Any]) -> str:
        """The answer to ``navigator.credentials.get``."""
        self.counter += 1
        data, client_data = self._data(0, b""), self._client_data("webauthn.get", options)
        digest = hashlib.sha256(base64url_to_bytes(client_data)).digest()
        signature = self._key.sign(data + digest, ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(signature),
        }
        return self._answer(response)

    def _answer(self, response: dict[str, str]) -> str:
        key_id = bytes_to_base64url(self._id)
        answer = {"id": key_id, "rawId": key_id, "type": "public-key", "response": response}
        return json.dumps(answer)

    def _client_data(self, kind: str, options: dict[str, Any]) -> str:
        data = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return bytes_to_base64url(json.dumps(data).encode())

    def _data(self, flags: int, credential: bytes) -> bytes:
        flags |= _USER_PRESENT | _USER_VERIFIED
        counter = self.counter.to_bytes(4, "big")
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + counter + credential

    def _credential(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        x, y = (each.to_bytes(32, "big") for each in (numbers.x, numbers.y))
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return bytes(16) + len(self._id).to_bytes(2, "big") + self._id + key
