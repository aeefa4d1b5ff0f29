"""The one seam through which code learns which tenant it works for.

A scope lives on a context variable, so it follows threads and coroutines the way
the interpreter does. The database backend, the cache and the log all read it here;
nothing else decides whose data a statement touches.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tenants.models import Tenant


class NoTenantScope(RuntimeError):
    """Tenant-owned data was asked for without saying whose.

    This is a defect of the calling code, never of a request: wrap the work in
    ``tenant_scope(tenant)``.
    """


_scope: ContextVar[Tenant | None] = ContextVar("tenant_scope", default=None)


@contextmanager
def tenant_scope(tenant: Tenant) -> Iterator[Tenant]:
    """Work for ``tenant`` inside the block; scopes nest and restore the outer one."""
    _ = tenant.placement  # Loaded here: inside the scope, loading it would already need it.
    token = _scope.set(tenant)
    try:
        yield tenant
    finally:
        _scope.reset(token)


@contextmanager
def no_tenant_scope() -> Iterator[None]:
    """Work on the shared tables only, for instance to resolve a host."""
    token = _scope.set(None)
    try:
        yield
    finally:
        _scope.reset(token)


def current_tenant_or_none() -> Tenant | None:
    """The tenant whose scope is active, if any."""
    return _scope.get()


def current_tenant() -> Tenant:
    """The tenant whose scope is active.

    Raises:
        NoTenantScope: no scope is active.
    """
    tenant = _scope.get()
    if tenant is None:
        raise NoTenantScope("No tenant scope is active; wrap the work in tenant_scope(tenant).")
    return tenant


def current_tenant_id() -> UUID | None:
    """The active tenant's id, the form in which cache, logs and metrics learn it."""
    tenant = _scope.get()
    return None if tenant is None else tenant.id
