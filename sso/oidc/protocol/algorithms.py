"""What ID tokens may be signed by; it loads no library."""

from __future__ import annotations

from enum import StrEnum


class Algorithm(StrEnum):
    """The algorithms (RFC 7518, section 3.1); none without a public key is among them."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    ES256 = "ES256"
    ES384 = "ES384"

    @property
    def hash_name(self) -> str:
        """The hash function that it uses."""
        return f"sha{self[2:]}"
