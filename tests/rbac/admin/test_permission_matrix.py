"""Who may do what in the admin: every model, every verb, every role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.test import RequestFactory

from iac_platform.admin.base import PermittedAdmin
from iac_platform.admin.site import site
from rbac.models import User
from rbac.system_roles import BY_KEY
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api.resources import declared

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person

VERBS = ("view", "add", "change", "delete")
NOBODY: frozenset[str] = frozenset()
ALL = frozenset(BY_KEY)
OPERATOR = frozenset({"operator"})
ADMINS = OPERATOR | {"admin"}
OVERSEERS = ADMINS | {"enterprise-architect"}
LEADS = OVERSEERS | {"solution-architect"}
STARTERS = LEADS | {"project-manager", "system-engineer"}
DESIGNERS = LEADS | {"technical-architect", "system-engineer"}

# Holding a permission on one's own objects counts: the page then shows those alone.
MATRIX = {
    "rbac.user": (ALL, ADMINS, ADMINS, NOBODY),
    "rbac.role": (OVERSEERS, ADMINS, ADMINS, ADMINS),
    "rbac.rolegrant": (OVERSEERS, ADMINS, NOBODY, NOBODY),
    "rbac.team": (OVERSEERS | {"project-manager"}, ADMINS, ADMINS, ADMINS),
    "rbac.apitoken": (ALL, ALL, NOBODY, NOBODY),
    "rbac.invitation": (ADMINS, ADMINS, NOBODY, NOBODY),
    "rbac.supportaccess": (ADMINS, NOBODY, NOBODY, NOBODY),
    "rbac.auditentry": (OVERSEERS, NOBODY, NOBODY, NOBODY),
    "tenants.tenant": (OPERATOR, OPERATOR, OPERATOR, NOBODY),
    "tenants.serviceplan": (OPERATOR, OPERATOR, OPERATOR, OPERATOR),
    "quotas.usagecounter": (OVERSEERS | {"project-manager"}, NOBODY, NOBODY, NOBODY),
    "tenants.placement": (OPERATOR, NOBODY, NOBODY, NOBODY),
    "tenants.operation": (OPERATOR, NOBODY, NOBODY, NOBODY),
    "tenants.migrationrun": (OPERATOR, NOBODY, NOBODY, NOBODY),
    "tenants.domain": (ADMINS, ADMINS, NOBODY, ADMINS),
    "catalog.project": (ALL, STARTERS, STARTERS, OVERSEERS),
    "catalog.blueprint": (ALL, NOBODY, DESIGNERS | {"consultant"}, DESIGNERS),
    "catalog.blueprintversion": (ALL, NOBODY, NOBODY, NOBODY),
    **declared("ADMIN_RIGHTS"),
}


def model_admins() -> list[Any]:
    return [site.get_model_admin(model) for model in apps.get_models() if site.is_registered(model)]


def test_every_registered_model_stands_in_the_matrix_and_is_closed_by_default() -> None:
    registered = {admin.opts.label_lower: admin for admin in model_admins()}
    assert set(registered) == set(MATRIX)
    assert all(isinstance(admin, PermittedAdmin) for admin in registered.values())


@pytest.mark.parametrize("role", sorted(BY_KEY))
def test_each_role_is_allowed_exactly_what_the_matrix_says(
    role: str, operator: Tenant, acme: Tenant, person: Person
) -> None:
    home = operator if BY_KEY[role].operator_only else acme
    request = RequestFactory().get("/")
    request.user = person(home, role)
    with tenant_scope(home):
        found = {
            admin.opts.label_lower: tuple(
                getattr(admin, f"has_{verb}_permission")(request) for verb in VERBS
            )
            for admin in model_admins()
        }
    expected = {label: tuple(role in row for row in rows) for label, rows in MATRIX.items()}
    assert found == expected


@pytest.mark.parametrize("role", sorted(BY_KEY))
def test_only_admins_and_operators_are_let_in(
    role: str, operator: Tenant, acme: Tenant, person: Person
) -> None:
    home = operator if BY_KEY[role].operator_only else acme
    client = AdminClient(home, person(home, role))
    assert client.get("/admin/").status_code == (200 if role in ADMINS else 302)


def test_an_admin_who_declares_nothing_is_open_to_nobody(acme: Tenant, person: Person) -> None:
    undeclared = PermittedAdmin(User, site)
    request = RequestFactory().get("/")
    request.user = person(acme, "admin")
    with tenant_scope(acme):
        assert not any(getattr(undeclared, f"has_{verb}_permission")(request) for verb in VERBS)
        assert not undeclared.has_module_permission(request)
        assert not undeclared.get_queryset(request).exists()
