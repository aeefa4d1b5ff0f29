"""How often a password may be tried.

Attempts are counted in the cache, in the tenant's scope: one tenant's attempts never
lock another's people out. Without the cache sign-in works unlimited, as Argon2 alone
makes guessing slow.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from iac_platform.cache import CacheUnavailable, ledger, shared_ledger
from iac_platform.gateway.client_address import client_address
from rbac.names import key_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

WINDOW_SECONDS = 300
# From one address; and from all together, so that many addresses are no way round it.
ATTEMPTS_FROM_ADDRESS = 20
ATTEMPTS_IN_ALL = 100


def may_try(username: str, request: HttpRequest, what: str = "sign-in") -> bool:
    """Count one attempt to sign in, or at ``what``; whether it is within both limits."""
    name = hashlib.sha256(key_of(username).encode()).hexdigest()
    origin = hashlib.sha256(f"{name}:{client_address(request)}".encode()).hexdigest()
    try:
        here, everywhere = ledger.count(
            what, [(origin, 1, WINDOW_SECONDS), (name, 1, WINDOW_SECONDS)]
        )
    except CacheUnavailable:
        return True
    return here.value <= ATTEMPTS_FROM_ADDRESS and everywhere.value <= ATTEMPTS_IN_ALL


def may_show_leaks(tenant_id: UUID, request: HttpRequest) -> bool:
    """Count one token that somebody found, by tenant and address; whether that is within limits.

    No tenant's scope is entered for it: the tenant that a token names may not exist.
    """
    origin = hashlib.sha256(f"{tenant_id}:{client_address(request)}".encode()).hexdigest()
    try:
        (shown,) = shared_ledger.count("leaked-token", [(origin, 1, WINDOW_SECONDS)])
    except CacheUnavailable:
        return True
    return shown.value <= ATTEMPTS_FROM_ADDRESS
