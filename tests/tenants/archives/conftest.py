from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tenants.archives.services import export_tenant, import_tenant
from tenants.database.roles import as_owner
from tenants.files import make_folder
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants


class Silence:
    """Progress that nobody looks at."""

    def step(self, name: str, *, total: int = 0) -> None:
        """Do nothing."""

    def advance(self, units: int = 1) -> None:
        """Do nothing."""


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path / "files"


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., Path]:
    """Exports tenants: ``export(tenant)`` returns the archive; each has a file beside its rows."""

    def make(tenant: Tenant, **options: Any) -> Path:
        plans = make_folder(tenant.pk) / "plans"
        plans.mkdir(exist_ok=True)
        (plans / "first.bin").write_bytes(bytes(range(256)) * 10)
        path = tmp_path / f"{tenant.slug}.zip"
        with as_owner():
            export_tenant(tenant, path, actor=ACTOR, progress=Silence(), **options)
        return path

    return make


@pytest.fixture
def bring_in(committed_tenants: ThrowawayTenants) -> Callable[..., Tenant]:
    """Imports archives; the tenants are removed afterwards."""

    def make(path: Path, **options: Any) -> Tenant:
        with as_owner():
            tenant = import_tenant(path, actor=ACTOR, progress=Silence(), **options)
        if not options.get("dry_run"):
            committed_tenants.made.append(tenant)
        return tenant

    return make
