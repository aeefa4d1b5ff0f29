"""Two tenants, and a connection with the application role's password and plain SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from psycopg import errors

from rbac.models import User
from tenants.context import tenant_scope
from tenants.models import Placement, Tenant, Tier
from tests.throwaway import ThrowawayTenants

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from pytest_django.plugin import DjangoDbBlocker

    from tests.tenants.conftest import Plain


NOBODY = "00000000-0000-4000-8000-00000000abcd"


class Pair(NamedTuple):
    """An attacker with full rights in its own tenant, and its victim, both committed."""

    attacker: Tenant
    victim: Tenant


@pytest.fixture(scope="module")
def _tenants(
    django_db_setup: None,  # noqa: ARG001  # the platform must be there
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[dict[str, Tenant]]:
    with django_db_blocker.unblock(), ThrowawayTenants() as throwaway:
        made = {
            "pooled": throwaway(Tier.STANDARD),
            "neighbour": throwaway(Tier.STANDARD),
            "dedicated": throwaway(Tier.ENTERPRISE),
        }
        for tenant in made.values():
            with tenant_scope(tenant):
                for name in ("alice", f"only-at-{tenant.slug}"):
                    User.objects.create(username=name, email=f"alice@{tenant.slug}.example")
        yield made


@pytest.fixture(
    params=[("neighbour", "pooled"), ("pooled", "dedicated"), ("dedicated", "pooled")],
    ids=["same-pool", "standard-attacks-enterprise", "enterprise-attacks-standard"],
)
def pair(request: pytest.FixtureRequest, _tenants: dict[str, Tenant]) -> Pair:
    attacker, victim = request.param
    return Pair(_tenants[attacker], _tenants[victim])


@pytest.fixture(scope="module")
def schemas(_tenants: dict[str, Tenant]) -> list[str]:
    found = Placement.objects.filter(status="ready").values_list("schema_name", flat=True)
    assert found
    return list(found)


CLAIM = "SELECT set_config('app.current_tenant', %s, true)"


class Psql:
    """Plain SQL as the application role; every statement is undone again.

    In a statement ``{own}`` and ``{their}`` stand for the attacker's and the victim's
    schema.
    """

    def __init__(self, connection: Plain, pair: Pair) -> None:
        self.connection = connection
        self.schemas = {"own": pair.attacker.schema_name, "their": pair.victim.schema_name}

    def run(self, claim: Tenant | None, statement: str, *parameters: Any) -> psycopg.Cursor[Any]:
        """Run one statement in a tenant's context, with deferred checks done at once."""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(
                "SELECT set_config('app.current_tenant', %s, true)",
                [str(claim.id if claim else "")],
            )
            self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return self.connection.execute(statement.format(**self.schemas), parameters or None)

    def refuses(
        self,
        claim: Tenant | None,
        statement: str,
        *parameters: Any,
        error: type[psycopg.Error] = errors.InsufficientPrivilege,
    ) -> str:
        """Run a statement that must fail, and return the message without parameters."""
        with pytest.raises(error) as raised:
            self.run(claim, statement, *parameters)
        text = str(raised.value)
        for number, parameter in enumerate(parameters):
            text = text.replace(str(parameter), f"<{number}>")
        return text

    def rows(self, claim: Tenant | None, statement: str, *parameters: Any) -> list[Any]:
        """The rows of a query in a tenant's context."""
        return list(self.run(claim, statement, *parameters))


@pytest.fixture
def psql(psql_as_app: Plain, pair: Pair) -> Psql:
    return Psql(psql_as_app, pair)
