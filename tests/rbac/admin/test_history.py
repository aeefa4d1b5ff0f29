"""The history of an object is what the audit log says of it, to those who may read the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rbac.admin.history import PER_PAGE
from rbac.services.audit import record
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, find_role, update_role
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, address_of
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant
    from tests.conftest import Person


@pytest.fixture
def grace(admin: AdminClient) -> User:
    """Made and changed by a program, which leaves no trace in Django's own log."""
    with tenant_scope(admin.tenant):
        made = create_user(username="grace", actor=ACTOR)
        return update_user(made, actor=ACTOR, changes={"full_name": "Grace Hopper"})


def test_the_audit_log_is_shown_whoever_made_the_change(admin: AdminClient, grace: User) -> None:
    page = admin.page("rbac_user_history", grace.pk)
    for text in ("user.create", "user.update", "Grace Hopper", ACTOR.audit_name, " UTC"):
        assert text in page
    assert "have a change history" not in page
    assert "History" in admin.page("rbac_user_change", grace.pk)


def test_others_entries_are_not_in_it(admin: AdminClient, grace: User) -> None:
    with tenant_scope(admin.tenant):
        create_user(username="unrelated", full_name="Somebody Else", actor=ACTOR)
    assert "unrelated" not in admin.page("rbac_user_history", grace.pk)


def test_entries_lead_to_their_page_and_are_shown_a_page_at_a_time(
    admin: AdminClient, grace: User
) -> None:
    with tenant_scope(admin.tenant):
        for number in range(PER_PAGE):
            last = record("user.update", grace, actor=ACTOR, changes={"number": number})
    first = admin.page("rbac_user_history", grace.pk)
    assert address_of(last) in first
    assert "user.create" not in first
    assert f"Entries 1 to {PER_PAGE} of {PER_PAGE + 2}" in first
    assert "user.create" in admin.page("rbac_user_history", grace.pk, p="2")
    assert (
        first.split("<main")[1]
        == admin.page("rbac_user_history", grace.pk, p="x").split("<main")[1]
    )


def test_it_needs_the_right_to_read_the_log(admin: AdminClient, person: Person) -> None:
    tenant, clerk = admin.tenant, person(admin.tenant, "viewer", "clerk")
    with tenant_scope(tenant):
        role = create_role(name="Clerk", actor=ACTOR)
        allowed = {"admin_site.use": "tenant", "user.view": "tenant"}
        update_role(role, actor=ACTOR, changes={"permissions": allowed})
        grant_role(clerk, find_role(role.key), actor=ACTOR)
    client = AdminClient(tenant, clerk)
    page = client.page("rbac_user_history", clerk.pk)
    assert "you need the permission audit.view" in page
    assert "user.create" not in page
    assert "/history/" not in client.page("rbac_user_change", clerk.pk)
    assert "user.create" in admin.page("rbac_user_history", clerk.pk)


def test_an_operator_reads_what_was_done_to_a_tenant(
    acme: Tenant, operator: Tenant, person: Person
) -> None:
    client = AdminClient(operator, person(operator, "operator"))
    with tenant_scope(operator):
        record("tenant.update", acme, actor=ACTOR, changes={"name": ["Acme", "Acme Ltd"]})
    page = client.page("tenants_tenant_history", acme.pk)
    assert "tenant.update" in page
    assert "Acme Ltd" in page
