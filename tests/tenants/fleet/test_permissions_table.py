"""The table ``permissions`` says what the release declares, whatever it said before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from iac_platform.common.permissions import Scope, ScopedPermission, catalogue, get
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.fleet.permissions_table import publish_permissions
from tenants.models import CataloguedPermission
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from tenants.models import Tenant

# What a report asks that knows SQL and nothing of this platform.
WHO_MAY = """
    SELECT u.username, p.scope
    FROM users u
    JOIN user_roles g ON g.user_id = u.id
    JOIN roles r ON r.id = g.role_id
    JOIN role_permissions rp ON rp.role_id = r.id
    JOIN permissions p ON p.id = rp.permission_id
    WHERE p.resource = %s AND p.action = %s
"""

INVENTED = """
    INSERT INTO permissions (id, resource, action, scope, description)
    VALUES (gen_random_uuid(), 'ship', 'launch', 'tenant', '')
"""


def published() -> dict[ScopedPermission, str]:
    return {
        ScopedPermission(f"{row.resource}.{row.action}", Scope(row.scope)): row.description
        for row in CataloguedPermission.objects.all()
    }


def declared() -> dict[ScopedPermission, str]:
    return {each: get(each.name).description for each in catalogue().values()}


def test_it_holds_each_permission_in_each_of_its_scopes(db: None) -> None:  # noqa: ARG001  # opens the database
    assert published() == declared()
    assert {row.pk for row in CataloguedPermission.objects.all()} == set(catalogue())


def test_the_next_run_of_migrations_fixes_it(
    django_db_setup: None,  # noqa: ARG001  # the platform must be there
    django_db_blocker: DjangoDbBlocker,
) -> None:
    with django_db_blocker.unblock(), as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("UPDATE permissions SET description = 'x' WHERE resource = 'user'")
        cursor.execute("DELETE FROM permissions WHERE resource = 'role'")
        cursor.execute(INVENTED)
        assert published() != declared()
        call_command("migrate_schemas", verbosity=0)
        assert published() == declared()
        assert publish_permissions() == 0


@pytest.mark.parametrize(
    "statement",
    [
        INVENTED,
        "UPDATE permissions SET scope = 'global'",
        "DELETE FROM permissions",
        "TRUNCATE permissions",
    ],
)
def test_the_application_reads_it_and_cannot_write(in_scope: Tenant, statement: str) -> None:  # noqa: ARG001  # its scope
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement)
    assert published() == declared()


def test_sql_joins_it_with_a_tenant_s_own_roles(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        role = create_role(name="Reader", permissions={"blueprint.view": "team"}, actor=ACTOR)
        user = create_user(username="una", actor=ACTOR)
        grant_role(user, role, actor=ACTOR)
        with connection.cursor() as cursor:
            cursor.execute(WHO_MAY, ["blueprint", "view"])
            assert cursor.fetchall() == [("una", "team")]
            cursor.execute(WHO_MAY, ["blueprint", "delete"])
            assert cursor.fetchall() == []
