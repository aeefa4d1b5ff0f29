"""Requests that browsers took along to identity providers; each is answered once.

The browser's cookie holds a secret, and the row a digest of it and of what the response names the
request by: whoever reads the database can answer none.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction
from django.utils import timezone

from sso.federation.browsers import ANSWERED_WITHIN
from sso.federation.store import refusing_without_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from iac_platform.common.errors import DomainError
    from tenants.models import TenantModel

    Unavailable = Callable[[str], DomainError]

Row = TypeVar("Row", bound="TenantModel")


def write_request(row: TenantModel, unavailable: Unavailable) -> None:
    """Write a request down; it can be answered for some minutes.

    Raises:
        DomainError: as ``unavailable`` makes it; the database is not there.
    """
    row.expires_at = timezone.now() + ANSWERED_WITHIN  # type: ignore[attr-defined]  # of each protocol's model

    def refusal() -> DomainError:
        return unavailable("The request cannot be written down right now.")

    with refusing_without_database(refusal), transaction.atomic():
        row.save(force_insert=True)


def take_request(rows: QuerySet[Row], unavailable: Unavailable) -> Row | None:
    """Delete the one request that a response answers, and return it: it cannot be used again.

    Raises:
        DomainError: as ``unavailable`` makes it; the database is not there.
    """

    def refusal() -> DomainError:
        return unavailable("It cannot be known whether the request was answered.")

    with refusing_without_database(refusal), transaction.atomic():
        row = rows.filter(expires_at__gt=timezone.now()).first()
        is_taken = row is not None and rows.filter(pk=row.pk).delete()[0] == 1
    return row if is_taken else None


def request_digest(secret: str, name: str) -> str:
    """What finds a request; a plain hash suffices, as both are random."""
    return hashlib.sha256(f"{secret} {name}".encode()).hexdigest()
