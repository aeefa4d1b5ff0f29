"""Whether DNS holds the proof that a domain is a tenant's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tenants.domains.lookup import LookupFailed
from tenants.domains.records import proof_of

if TYPE_CHECKING:
    from tenants.domains.lookup import TextRecords


class Challenged(Protocol):
    """A domain that is to be proven: a host name, or one of e-mail addresses."""

    domain: str
    challenge: str


def what_is_missing(domain: Challenged, source: TextRecords) -> str:
    """Why the domain is not proven; empty when it is. Reads nothing but DNS.

    Ask outside of any transaction: the answer may take seconds, and a transaction holds
    one of the pool's few connections.
    """
    if not domain.challenge:
        return "There is nothing to prove it by. Remove the domain and add it again."
    proof = proof_of(domain.domain, domain.challenge)
    try:
        found = source.texts(proof.name)
    except LookupFailed as failure:
        return str(failure)
    if proof.value.encode() in found:
        return ""
    return (
        f"{proof.name} has {len(found)} TXT record{'s'[: len(found) != 1]}, but none says "
        f"exactly {proof.value}. Correct it; the old one may be remembered for a while."
    )
