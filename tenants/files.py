"""Where tenants' files are: one folder for each tenant, so that all of them can go at once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from uuid import UUID


def folder_of(tenant_id: UUID) -> Path:
    """The folder of one tenant's files; it need not exist yet."""
    return Path(settings.FILES_ROOT) / str(tenant_id)


def make_folder(tenant_id: UUID) -> Path:
    """The folder of one tenant's files, made if need be; nobody else may look inside."""
    folder = folder_of(tenant_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def count_files(tenant_id: UUID) -> int:
    """How many files the tenant has."""
    return sum(1 for path in folder_of(tenant_id).rglob("*") if not path.is_dir())


def remove_files(tenant_id: UUID) -> int:
    """Remove a tenant's folder with all that is in it; how many files there were."""
    found = count_files(tenant_id)
    # Whatever another process removes meanwhile need not be removed again.
    shutil.rmtree(folder_of(tenant_id), onerror=_unless_gone)
    return found


def _unless_gone(
    _function: object, _path: str, failure: tuple[type, BaseException, object]
) -> None:
    if not isinstance(failure[1], FileNotFoundError):
        raise failure[1]
