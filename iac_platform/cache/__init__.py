"""The cache: what may be lost, per tenant, and never mixed between tenants.

``cache`` holds a tenant's values and ``shared_cache`` the few things no tenant owns
(which host belongs to which tenant). Both answer "not there" when Redis is away.
``ledger`` and ``shared_ledger`` keep short-lived records that guard an action, such as
idempotency keys; they raise :class:`CacheUnavailable` instead, so that the caller decides.
"""

from iac_platform.cache.keys import (
    CacheWithoutTenant,
    shared_prefix,
    tenant_prefix,
)
from iac_platform.cache.ledger import Ledger
from iac_platform.cache.service import CacheService
from iac_platform.cache.stores import CacheUnavailable

cache = CacheService(tenant_prefix)
shared_cache = CacheService(shared_prefix)
ledger = Ledger(tenant_prefix)
shared_ledger = Ledger(shared_prefix)

__all__ = [
    "CacheService",
    "CacheUnavailable",
    "CacheWithoutTenant",
    "Ledger",
    "cache",
    "ledger",
    "shared_cache",
    "shared_ledger",
]
