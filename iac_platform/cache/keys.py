"""How keys are made: the tenant's UUID stands in front, where no caller can reach it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iac_platform.common.hooks import Hook

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

# The tenant of this request or task; None outside any.
CURRENT_TENANT: Hook[Callable[[], UUID | None]] = Hook("tenant of the cache")
MAX_KEY_LENGTH = 512

_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_PARTS_BEFORE_KEY = 3


class CacheWithoutTenant(RuntimeError):
    """A tenant's cache was used where no tenant is known.

    Use ``shared_cache`` for what no tenant owns, or enter the tenant's scope first.
    """


def current_tenant() -> UUID | None:
    """The tenant of this request or task; None outside any."""
    return CURRENT_TENANT.get()()


def prefix_of(tenant: UUID) -> str:
    """What every key of a tenant starts with.

    The braces are a Redis Cluster hash tag: a tenant's keys stay on one node, where they
    can be read together.
    """
    return f"iac:{{{tenant}}}:"


def prefix_of_owner(owner: str) -> str:
    """What every key of a tenant starts with, by its id as text; empty for what no tenant owns."""
    return f"iac:{{{owner}}}:" if owner else shared_prefix()


def tenant_prefix() -> str:
    """What every key of the current tenant starts with.

    Raises:
        CacheWithoutTenant: no tenant is known here.
    """
    tenant = current_tenant()
    if tenant is None:
        raise CacheWithoutTenant(
            "The cache was used outside any tenant's scope. Enter one, or use shared_cache."
        )
    return prefix_of(tenant)


def shared_prefix() -> str:
    """What every key that belongs to no tenant starts with."""
    return "iac:{shared}:"


def tenant_key(key: str, key_prefix: str, version: int | str) -> str:
    """``KEY_FUNCTION`` of Django's default cache: third-party code is separated as well.

    Raises:
        CacheWithoutTenant: no tenant is known here.
    """
    return f"{tenant_prefix()}django.{key_prefix}:{version}:{key}"


def original_key(full_key: str) -> str:
    """``REVERSE_KEY_FUNCTION``: what the caller of Django's cache called the key."""
    return full_key.split("}:", 1)[-1].split(":", _PARTS_BEFORE_KEY - 1)[-1]


def checked_namespace(namespace: str) -> str:
    """The namespace, if it cannot be mistaken for part of a key.

    Raises:
        ValueError: it is not 1-64 characters of ``a-z 0-9 _ . -``.
    """
    if not _NAMESPACE.fullmatch(namespace):
        raise ValueError(
            f"{namespace!r} is no cache namespace: use 1-64 characters of a-z, 0-9, '_.-'."
        )
    return namespace


def checked_key(key: str) -> str:
    """The key, if it is short enough; hash longer ones.

    Raises:
        ValueError: it has more than 512 characters.
    """
    if len(key) > MAX_KEY_LENGTH:
        raise ValueError(f"A cache key has at most {MAX_KEY_LENGTH} characters: hash it first.")
    return key
