"""Places for work that is too much for everybody to do at the same time, in one process."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from .errors import DomainError


class Places:
    """Those who wait or work: how many there are, and of each tenant.

    Args:
        in_all: how many there may be.
        of_one_tenant: how many of them may be one tenant's, so that others find some too.
        busy: what is raised when there is no place left.
    """

    def __init__(self, in_all: int, of_one_tenant: int, busy: type[DomainError]) -> None:
        self._in_all, self._of_one_tenant, self._busy = in_all, of_one_tenant, busy
        self._taken: Counter[UUID | None] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, tenant: UUID | None) -> Iterator[None]:
        """Take one inside the block; without a tenant (a command) only the sum counts.

        Raises:
            DomainError: all are taken, or as many as one tenant may take.
        """
        with self._lock:
            full = tenant is not None and self._taken[tenant] >= self._of_one_tenant
            if full or self._taken.total() >= self._in_all:
                raise self._busy
            self._taken[tenant] += 1
        try:
            yield
        finally:
            with self._lock:
                # This drops counters at zero too: there may be many tenants.
                self._taken -= Counter([tenant])

    @property
    def free(self) -> int:
        """How many are left."""
        with self._lock:
            return self._in_all - self._taken.total()
