"""Hashing passwords, a few at a time.

Argon2 takes memory and time on purpose, so whoever may have passwords hashed could take all
of a process's. What exceeds ``settings.PASSWORD_HASHING`` is refused at once instead of
filling the threads that serve everybody else. No tenant's people take all of these places,
so others can sign in meanwhile.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from iac_platform.common.errors import DomainError, ErrorKind
from iac_platform.common.places import Places
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Iterator

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
def _slots() -> tuple[Places, threading.Semaphore]:
    """The places of those who wait or run, and those who run."""
    limits = settings.PASSWORD_HASHING
    at_once = limits["at_once"]
    places = Places(at_once + limits["waiting"], limits["of_one_tenant"], PasswordsBusy)
    return places, threading.Semaphore(at_once)
