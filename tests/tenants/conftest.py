"""Connections that do not go through the platform: as an attacker, and as a superuser."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tenants.context import tenant_scope
from tenants.database.base import DatabaseWrapper
from tenants.models import Tier
from tenants.tenants.services import create_tenant
from tests.admin_client import AdminClient
from tests.conftest import ACTOR
from tests.tenants.furnished import furnish
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.plugin import DjangoDbBlocker

    from tenants.models import Tenant
    from tests.conftest import Person
    from tests.services import Services
    from tests.throwaway import ThrowawayTenants

Plain = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def database_name() -> str:
    """The database of this worker."""
    return str(connections.settings[DEFAULT_DB_ALIAS]["NAME"])


@pytest.fixture
def superuser_url(services: Services, database_name: str) -> str:
    """This worker's database as a superuser, direct."""
    return make_conninfo(services.admin_url, dbname=database_name)


@pytest.fixture
def psql_as_app(
    services: Services,
    database_name: str,
    django_db_setup: None,  # noqa: ARG001  # the tenants must be there
) -> Iterator[Plain]:
    """What somebody with the application's password has: plain SQL, one transaction each."""
    with psycopg.connect(services.app_url(database_name), autocommit=True) as connection:
        yield connection


@pytest.fixture
def as_superuser(
    superuser_url: str,
    django_db_setup: None,  # noqa: ARG001  # the tenants must be there
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[DatabaseWrapper]:
    """Django's connection as a superuser, in a transaction that is rolled back."""
    parameters = conninfo_to_dict(superuser_url)
    configured = {
        **connections.settings["owner"],
        "NAME": parameters["dbname"],
        "USER": parameters["user"],
        "PASSWORD": parameters.get("password") or "",
    }
    superuser = DatabaseWrapper(configured, DEFAULT_DB_ALIAS)
    superuser.is_owner = True
    with django_db_blocker.unblock():
        ordinary = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = superuser
        try:
            with transaction.atomic():
                yield superuser
                transaction.set_rollback(True)
        finally:
            connections[DEFAULT_DB_ALIAS] = ordinary
            superuser.close()


@pytest.fixture
def furnished(committed_tenants: ThrowawayTenants) -> Callable[[str], Tenant]:
    """Makes tenants that have rows in every table: ``furnished(tier)``."""
    return lambda tier: furnish(committed_tenants(tier))


@pytest.fixture
def request_tenant(committed_tenants: ThrowawayTenants) -> Callable[[], Tenant]:
    """Asks for an enterprise tenant, which waits for a worker."""

    def ask() -> Tenant:
        with tenant_scope(platform()):
            slug = f"tmp-{secrets.token_hex(4)}"
            tenant = create_tenant(slug=slug, name=slug, tier=Tier.ENTERPRISE, actor=ACTOR)
        committed_tenants.made.append(tenant)
        return tenant

    return ask


@pytest.fixture
def operators(operator: Tenant, person: Person) -> AdminClient:
    """The admin at the platform's host, with an operator signed in."""
    return AdminClient(operator, person(operator, "operator"))
