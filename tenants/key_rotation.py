"""Sealing again, with the first of ``settings.ENCRYPTION_KEYS``, what older ones have sealed.

Everybody goes on working meanwhile: a transaction holds a few rows for some milliseconds. A row
that somebody else holds is waited for, and what was sealed anew in between is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Substr

from iac_platform.common import encryption
from iac_platform.common.changes import rows_like

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

_BATCH: Final = 100
_FIRST: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(slots=True)
class Rotation:
    """What a rotation of one tenant's rows came to.

    Attributes:
        waiting: how many values an older key had sealed; all of them are sealed anew, but for
            a dry run and the unreadable ones.
        unreadable: what is wrong with values that no key opens.
    """

    waiting: int = 0
    unreadable: list[str] = field(default_factory=list)


def sealed_columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every column that holds sealed bytes."""
    for model in apps.get_models():
        for column in sorted(getattr(model, "sealed_columns", ())):
            yield model, column


def rotate(*, dry_run: bool = False) -> Rotation:
    """Seal the values of the current tenant anew that an older key has sealed."""
    rotation = Rotation()
    for model, column in sealed_columns():
        last: UUID | str | None = _FIRST
        while last is not None:
            last = _rotate_batch(model, column, last, rotation, dry_run=dry_run)
    return rotation


def _rotate_batch(
    model: type[models.Model], column: str, after: UUID | str, rotation: Rotation, *, dry_run: bool
) -> UUID | None:
    """Do the next few rows; the last one of them, or none where there are no more."""
    with transaction.atomic():
        rows = list(_waiting(model, column).filter(pk__gt=after).select_for_update()[:_BATCH])
        rotation.waiting += len(rows)
        for row in rows:
            _reseal(row, column, rotation, dry_run=dry_run)
    return rows[-1].pk if rows else None


def _waiting(model: type[models.Model], column: str) -> models.QuerySet[Any]:
    header = encryption.current_header()
    head = Substr(column, 1, len(header), output_field=models.BinaryField())
    rows = rows_like(model()).filter(**{f"{column}__isnull": False})
    waiting: models.QuerySet[Any] = rows.annotate(head=head).exclude(head=header).order_by("pk")
    return waiting


def _reseal(row: Any, column: str, rotation: Rotation, *, dry_run: bool) -> None:
    try:
        text = encryption.unseal(getattr(row, column), row=row, column=column)
    except (encryption.UnknownEncryptionKey, encryption.NotAuthentic) as error:
        rotation.unreadable.append(f"{row._meta.db_table}.{column} of {row.pk}: {error}")
        return
    if not dry_run:
        sealed = encryption.seal(text, row=row, column=column)
        rows_like(row).filter(pk=row.pk).update(**{column: sealed})
