"""What the name server of these suites knows: the proof of each fixture's domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.domains.records import proof_of
from tests.tenants.domains.dns_server import Answer, text

if TYPE_CHECKING:
    from tenants.domains.proof import Challenged

PUBLISHED: dict[str, Answer] = {}


def publish(domain: Challenged) -> None:
    """Set the record that proves a domain."""
    proof = proof_of(domain.domain, domain.challenge)
    PUBLISHED[proof.name] = text(proof.value)
