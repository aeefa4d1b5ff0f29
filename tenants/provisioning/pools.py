"""The pools that standard tenants share: which one is next, and having one in reserve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count

from iac_platform.common.errors import DomainError, ErrorKind
from tenants.models import Placement, PlacementKind, PlacementStatus
from tenants.queue.requests import request_upkeep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet


class NoSuchPool(DomainError):
    """The name is no pool's, or of one that is not ready."""

    code = "no-such-pool"
    title = "Pool not found"


class PoolIsFull(DomainError):
    """The pool has no room for another tenant."""

    code = "pool-is-full"
    title = "The pool is full"
    kind = ErrorKind.CONFLICT


def choose_pool() -> Placement:
    """The least filled pool with room, locked until the transaction ends.

    A tenant that is moving into a pool takes its place there from the start. When all are
    full a new one is opened, pending until the provisioner makes it; when few places are left
    a worker opens the next one ahead.
    """
    _one_at_a_time()
    pools = [pool for pool in _with_filling() if pool.filled < pool.capacity]
    if _room(pools) <= settings.POOL_RESERVE:
        request_upkeep()
    pools.sort(
        key=lambda pool: (pool.status != PlacementStatus.READY, pool.filled, pool.schema_name)
    )
    return cast("Placement", pools[0]) if pools else _open_pool()


def pool_with_capacity(name: str) -> Placement:
    """The pool of this name, locked until the transaction ends.

    Raises:
        NoSuchPool: no pool that is ready has the name.
        PoolIsFull: all its places are taken.
    """
    _one_at_a_time()
    ready = _with_filling().filter(status=PlacementStatus.READY)
    pool = ready.filter(schema_name=name).first()
    if pool is None:
        raise NoSuchPool(f"There is no pool {name!r} that is ready.")
    if pool.filled >= pool.capacity:
        raise PoolIsFull(f"{name} holds {pool.capacity} tenants, which is all that it can.")
    return cast("Placement", pool)


def pools_with_capacity() -> list[tuple[Placement, int]]:
    """The pools that are ready and not full, and how many more tenants fit into each."""
    ready = _with_filling().filter(status=PlacementStatus.READY).order_by("schema_name")
    return [(pool, pool.capacity - pool.filled) for pool in ready if pool.filled < pool.capacity]


@transaction.atomic
def open_ahead() -> None:
    """Open a further pool before the last places are taken, so that nobody has to wait."""
    _one_at_a_time()
    if _room(_with_filling()) < settings.POOL_RESERVE:
        _open_pool()


def _room(pools: Iterable[Any]) -> int:
    return sum(max(0, pool.capacity - pool.filled) for pool in pools)


def _one_at_a_time() -> None:
    """Let one transaction choose at a time, so that no pool is filled beyond its capacity."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tenants.choose_pool'))")


def _with_filling() -> QuerySet[Any]:
    pools: QuerySet[Any] = (
        Placement.objects.filter(kind=PlacementKind.POOL)
        .exclude(status=PlacementStatus.FAILED)
        .annotate(filled=Count("tenants", distinct=True) + Count("arriving", distinct=True))
    )
    return pools


def _open_pool() -> Placement:
    names = Placement.objects.filter(kind=PlacementKind.POOL).values_list("schema_name", flat=True)
    number = max((int(name.rpartition("_")[2]) for name in names), default=0) + 1
    return Placement.objects.create(
        schema_name=f"pool_{number:03d}",
        kind=PlacementKind.POOL,
        capacity=settings.POOL_CAPACITY,
    )
