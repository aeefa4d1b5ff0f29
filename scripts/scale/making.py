"""Makes tenants through the platform's services, and schemas as django-tenants does."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django_tenants import models as stock
from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand
from django_tenants.utils import schema_exists

from iac_platform.common.audit import SystemActor
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import PLATFORM_TENANT_ID, Placement, Tenant, TenantStatus, Tier
from tenants.tenants.services import create_tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACTOR = SystemActor("scripts/bench_scale.py")


_POLL, _PATIENCE = 0.001, 30


class NotActive(RuntimeError):
    """A tenant was made and cannot be used."""


def make(slug: str, tier: Tier) -> float:
    """Ask for a tenant as the API does; seconds until it can be used.

    Work that a request may not do is done by the ``provisioner``, which is woken for it.

    Raises:
        NotActive: it cannot be used after half a minute.
    """
    began = time.perf_counter()
    platform = Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)
    with tenant_scope(platform):
        tenant = create_tenant(slug=slug, name=slug, tier=tier, actor=ACTOR)
    while tenant.status != TenantStatus.ACTIVE:
        if time.perf_counter() - began > _PATIENCE:
            raise NotActive(f"{slug} is {tenant.status}; see {tenant.placement}.")
        time.sleep(_POLL)
        tenant = Tenant.objects.select_related("placement").get(pk=tenant.pk)
    return time.perf_counter() - began


@contextmanager
def provisioner() -> Iterator[None]:
    """Run ``manage.py run_provisioner`` beside the block, as in production."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_provisioner"], stdout=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def token_for(slug: str) -> str:
    """A token of a new user with the role Admin."""
    with tenant_scope(Tenant.objects.select_related("placement").get(slug=slug)):
        user = create_user(username="bench", actor=ACTOR, roles=["admin"])
        return create_token(user, name="bench", actor=ACTOR)[1]


def make_as_django_tenants(schema: str) -> float:
    """Make a schema with ``TenantMixin.create_schema``; seconds until it is migrated."""
    with as_owner(), _stock_commands():
        seconds = _create_schema(schema)
        _drop_schema(schema)
    return seconds


def make_as_clone(schema: str) -> float:
    """The same in django-tenants' clone mode: a copy of a schema that it migrated before."""
    names = {name: {**each} for name, each in settings.DATABASES.items()}
    names["default"]["USER"] = names["owner"]["USER"]  # whose function copies the schema
    cloning = override_settings(
        TENANT_CREATION_FAKES_MIGRATIONS=True, TENANT_BASE_SCHEMA=_BASE, DATABASES=names
    )
    with as_owner(), _stock_commands():
        if not schema_exists(_BASE):
            _create_schema(_BASE)
        with warnings.catch_warnings(action="ignore"), cloning:
            seconds = _create_schema(schema)
        _drop_schema(schema)
    return seconds


def _create_schema(schema: str) -> float:
    connection.cursor().close()  # its connection stands, as in a server
    began = time.perf_counter()
    Placement(schema_name=schema).create_schema(verbosity=0)
    return time.perf_counter() - began


def _drop_schema(schema: str) -> None:
    """Remove it again, outside the measured time."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")


@contextmanager
def _stock_commands() -> Iterator[None]:
    """Lead django-tenants to its own ``migrate_schemas``: ours of that name does other things."""
    ours = stock.call_command
    stock.call_command = _stock_command(ours)
    try:
        yield
    finally:
        stock.call_command = ours


def _stock_command(ours: Callable[..., Any]) -> Callable[..., Any]:
    def call(name: str, **options: Any) -> Any:
        return call_command(MigrateSchemasCommand(), **options) if name == _NAME else ours(name)

    return call


_NAME = "migrate_schemas"
_BASE = "stock_base"
