"""Hashing passwords, a few at a time.

Argon2 takes memory and time on purpose, so whoever may have passwords hashed could take all
of a process's. What exceeds ``settings.PASSWORD_HASHING`` is refused at once instead of
filling the threads that serve everybody else. No tenant's people take all of these places,
so others can sign in meanwhile.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from iac_platform.common.errors import DomainError, ErrorKind
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

_WAIT_SECONDS = 5


class PasswordsBusy(DomainError):
    """Too many passwords are being checked at the moment."""

    code = "passwords-busy"
    title = "Too many people are signing in"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("Try again in a few seconds.")


class BoundedArgon2PasswordHasher(Argon2PasswordHasher):
    """Django's, of which a process runs a few at once."""

    def encode(self, password: str, salt: str) -> str:
        """Hash a password.

        Raises:
            PasswordsBusy: too many others wait for it.
        """
        with _turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Whether a password has this hash.

        Raises:
            PasswordsBusy: too many others wait for it.
        """
        with _turn():
            return super().verify(password, encoded)


class _Places:
    """Those who wait or run: how many there are, and of each tenant."""

    def __init__(self, in_all: int, of_one_tenant: int) -> None:
        self._in_all, self._of_one_tenant = in_all, of_one_tenant
        self._taken: Counter[UUID | None] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, tenant: UUID | None) -> Iterator[None]:
        """Take one inside the block; without a tenant (a command) only the sum counts.

        Raises:
            PasswordsBusy: all are taken, or as many as one tenant may take.
        """
        with self._lock:
            full = tenant is not None and self._taken[tenant] >= self._of_one_tenant
            if full or self._taken.total() >= self._in_all:
                raise PasswordsBusy
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


@contextmanager
def _turn() -> Iterator[None]:
    places, running = _slots()
    with places.taken(current_tenant_id()):
        if not running.acquire(timeout=_WAIT_SECONDS):
            raise PasswordsBusy
        try:
            yield
        finally:
            running.release()


@cache
def _slots() -> tuple[_Places, threading.Semaphore]:
    """The places of those who wait or run, and those who run."""
    limits = settings.PASSWORD_HASHING
    at_once = limits["at_once"]
    places = _Places(at_once + limits["waiting"], limits["of_one_tenant"])
    return places, threading.Semaphore(at_once)
