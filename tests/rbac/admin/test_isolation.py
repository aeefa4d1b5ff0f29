"""An attacker with full rights in their own tenant, at every address of the admin."""

from __future__ import annotations

import re
import uuid
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import URLPattern, reverse

from blueprints.catalog import examples
from blueprints.catalog.models import Blueprint, BlueprintVersion, Project
from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from iac_platform.admin.site import site
from rbac.models import ApiToken, AuditEntry, Role, RoleGrant, Team, User
from rbac.services.teams import create_team
from rbac.services.tokens import create_token
from tenants.context import tenant_scope
from tenants.domains.services.domains import add_domain
from tenants.models import Domain, Placement, ServicePlan, Tenant
from tenants.quotas.models import UsageCounter
from tests.admin_client import AdminClient

if TYPE_CHECKING:
    from tests.conftest import Person, Rivals

TENANT_OWNED: list[Any] = [
    User,
    Role,
    RoleGrant,
    Team,
    ApiToken,
    AuditEntry,
    Project,
    Blueprint,
    BlueprintVersion,
    UsageCounter,
    Domain,
]
SHARED: list[Any] = [Tenant, ServicePlan, Placement]


def addresses_of_objects(model: Any) -> list[str]:
    """The names of all addresses that take an object's id."""
    patterns = [each for each in site.get_model_admin(model).get_urls() if _takes_an_id(each)]
    names = [pattern.name for pattern in patterns if pattern.name]
    assert len(names) >= 3
    return names


def _takes_an_id(pattern: Any) -> bool:
    return isinstance(pattern, URLPattern) and "object_id" in pattern.pattern.converters


def fill(tenant: Tenant, user: User) -> None:
    with tenant_scope(tenant):
        project = create_project(name="Secret project", actor=user)
        create_blueprint(
            project, name="Secret", document=examples.load("three-tier-web"), actor=user
        )
        create_token(user, name="secret token", actor=user)
        create_team(name="Secret team", actor=user)
        add_domain(tenant, domain="secret.customer.example", actor=user)


def answer(client: AdminClient, name: str, pk: object, method: str) -> tuple[int, str]:
    response = getattr(client, method)(reverse(f"admin:{name}", args=[pk]))
    body = response.content.decode().replace(str(pk), "ID")
    return response.status_code, re.sub(r"csrf\w*\"[^>]*", "", body)


def test_anothers_object_is_answered_like_one_that_never_was(
    rivals: Rivals, person: Person, subtests: pytest.Subtests
) -> None:
    owner = person(rivals.victim, "admin")
    fill(rivals.victim, owner)
    owners = AdminClient(rivals.victim, owner)
    attacker = AdminClient(rivals.attacker, person(rivals.attacker, "admin"))
    for model in TENANT_OWNED:
        with tenant_scope(rivals.victim):
            target = model.objects.first()
            before = model.objects.filter(pk=target.pk).values().get()
        addresses = addresses_of_objects(model)
        for method, name in product(("get", "post"), addresses):
            with subtests.test(name, method=method):
                theirs = answer(attacker, name, target.pk, method)
                assert theirs == answer(attacker, name, uuid.uuid4(), method)
                assert theirs[0] in (403, 404)
        with subtests.test(model.__name__):
            assert answer(owners, addresses[-1], target.pk, "get")[0] in (200, 302)
            with tenant_scope(rivals.victim):
                assert model.objects.filter(pk=target.pk).values().get() == before


def test_lists_searches_and_menus_show_nothing_of_others(rivals: Rivals, person: Person) -> None:
    owner = person(rivals.victim, "admin", "victoria")
    fill(rivals.victim, owner)
    attacker = AdminClient(rivals.attacker, person(rivals.attacker, "admin"))
    for model in TENANT_OWNED:
        name = f"{model._meta.app_label}_{model._meta.model_name}_changelist"
        text = attacker.page(name) + attacker.page(name, q="secret") + attacker.page(name, q="vic")
        assert "victoria" not in text
        assert "Secret" not in text
        assert "secret.customer" not in text
    owners = AdminClient(rivals.victim, owner)
    assert "victoria" in owners.page("rbac_user_changelist", q="vic")
    assert "Secret project" in owners.page("catalog_project_changelist", q="secret")
    assert "secret.customer" in owners.page("tenants_domain_changelist", q="secret")


@pytest.mark.parametrize("model", SHARED, ids=lambda model: model.__name__)
def test_a_tenants_admin_meets_no_shared_table(
    tenant: Tenant, operator: Tenant, person: Person, model: Any
) -> None:
    client = AdminClient(tenant, person(tenant, "admin"))
    operators = AdminClient(operator, person(operator, "operator"))
    opts = model._meta
    prefix = f"admin:{opts.app_label}_{opts.model_name}"
    own: Any = {
        Tenant: tenant,
        ServicePlan: tenant.plan,
        Placement: tenant.placement,
    }[model]
    for address, status in (
        (reverse(f"{prefix}_changelist"), 403),
        (reverse(f"{prefix}_add"), 403),
        (reverse(f"{prefix}_change", args=[own.pk]), 403),
        (reverse(f"{prefix}_history", args=[own.pk]), 404),
    ):
        assert client.get(address).status_code == status, address
        assert client.post(address).status_code == status, address
    assert reverse(f"{prefix}_changelist") not in client.page("index")
    assert reverse(f"{prefix}_changelist") in operators.page("index")
    assert operators.get(reverse(f"{prefix}_change", args=[own.pk])).status_code == 200


def test_tenants_cannot_be_completed_from_a_tenants_host(
    acme: Tenant, operator: Tenant, person: Person
) -> None:
    query = {"app_label": "tenants", "model_name": "domain", "field_name": "tenant", "term": "a"}
    address = reverse("admin:autocomplete")
    assert AdminClient(acme, person(acme, "admin")).get(address, query).status_code == 403
    allowed = AdminClient(operator, person(operator, "operator")).get(address, query)
    assert "Acme" in allowed.content.decode()


@pytest.mark.parametrize(
    ("name", "lookup"),
    [
        ("rbac_user_changelist", "password__startswith"),
        ("rbac_user_changelist", "role_grants__user__password__startswith"),
        ("rbac_apitoken_changelist", "digest__startswith"),
        ("rbac_apitoken_changelist", "user__password__startswith"),
        ("catalog_project_changelist", "created_by__password__startswith"),
    ],
)
def test_addresses_filter_by_nothing_that_the_page_does_not_offer(
    acme: Tenant, person: Person, name: str, lookup: str
) -> None:
    client = AdminClient(acme, person(acme, "admin"))
    assert client.get(reverse(f"admin:{name}"), {lookup: "a"}).status_code == 400
    assert "acme" in client.page("rbac_user_changelist", is_active__exact="1")
