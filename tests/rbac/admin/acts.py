"""Every address of the admin, and how each form that acts is filled in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps

from iac_platform.admin.site import site
from rbac.models import Role, RoleGrant
from tenants.context import tenant_scope
from tenants.lifecycle.services import operators_scope
from tenants.models import Placement, PlacementKind, Tenant, TenantStatus, Tier
from tests.api.resources import declared
from tests.api.resources.tenants import close_for_deletion, end_moves, have_wait_for_an_admin

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model

    from tests.api.fixtures import Fixture

PASSWORD = "tangerine-orbit-42"
PASSWORDS = {"password": PASSWORD, "password_again": PASSWORD}


def _viewer(fixture: Fixture) -> str:
    with tenant_scope(fixture.tenant):
        return str(Role.objects.get(key="viewer").pk)


def _grant(fixture: Fixture) -> dict[str, Any]:
    return {
        "username": fixture.colleague.username,
        "role": _viewer(fixture),
        "projects": [str(fixture.project.pk)],
    }


def _target(fixture: Fixture) -> dict[str, Any]:
    if fixture.tenant.tier == Tier.STANDARD:
        return {"target": ""}  # a placement of its own
    return {"target": Placement.objects.filter(kind=PlacementKind.POOL)[0].schema_name}


def _suspend(fixture: Fixture) -> None:
    with operators_scope():
        Tenant.objects.filter(pk=fixture.tenant.pk).update(status=TenantStatus.SUSPENDED)


def _without_admins(fixture: Fixture) -> None:
    with tenant_scope(fixture.tenant):
        RoleGrant.objects.filter(role__key="admin").delete()


def _nothing(_: Fixture) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Act:
    """What fills a form in so that it is accepted.

    Attributes:
        values: of the fields whose value on the page is not one to send.
        operator: whether the operator's own people do it, at their host.
        prepare: what must be done to an fixture first.
    """

    values: Callable[[Fixture], dict[str, Any]] = _nothing
    operator: bool = False
    prepare: Callable[[Fixture], Any] = _nothing

    @property
    def prepares(self) -> bool:
        """Whether the fixture is another one when the form is sent."""
        return self.prepare is not _nothing


def _declared(values: dict[str, Any] | Callable[[Fixture], dict[str, Any]]) -> Act:
    return Act(values if callable(values) else partial(_same, values))


def _same(values: dict[str, Any], _: Fixture) -> dict[str, Any]:
    return values


ACTS = {
    "rbac_user_add": Act(
        lambda fixture: {"username": "grace", "roles": [_viewer(fixture)], **PASSWORDS}
    ),
    "rbac_user_change": Act(lambda _: {"full_name": "Grace Hopper"}),
    "rbac_user_set_password": Act(lambda _: PASSWORDS),
    "rbac_role_add": Act(lambda _: {"name": "Auditor"}),
    "rbac_role_change": Act(lambda _: {"name": "Renamed"}),
    "rbac_role_delete": Act(),
    "rbac_rolegrant_add": Act(lambda fixture: {"team": "", **_grant(fixture)}),
    "rbac_rolegrant_revoke": Act(),
    "rbac_team_add": Act(lambda _: {"name": "Operations"}),
    "rbac_team_change": Act(lambda _: {"name": "Renamed"}),
    "rbac_team_delete": Act(),
    "rbac_team_add_members": Act(lambda fixture: {"usernames": fixture.owner.username}),
    "rbac_team_remove_members": Act(lambda fixture: {"members": [str(fixture.colleague.pk)]}),
    "rbac_apitoken_add": Act(lambda _: {"name": "deployments"}),
    "rbac_apitoken_revoke": Act(),
    "rbac_invitation_add": Act(
        lambda fixture: {"email": "guest@example.com", "roles": [_viewer(fixture)]}
    ),
    "rbac_invitation_revoke": Act(),
    "rbac_supportaccess_revoke": Act(),
    "tenants_domain_add": Act(lambda _: {"domain": "infra.initech.example"}),
    "tenants_domain_check_dns": Act(),
    "tenants_domain_delete": Act(),
    "tenants_domain_verify": Act(operator=True),
    "catalog_project_add": Act(lambda _: {"name": "Warehouse"}),
    "catalog_project_change": Act(lambda _: {"name": "Renamed"}),
    "catalog_project_delete": Act(),
    "catalog_blueprint_change": Act(lambda _: {"name": "Renamed"}),
    "catalog_blueprint_delete": Act(),
    "tenants_tenant_add": Act(lambda _: {"name": "Initech", "slug": "initech"}, operator=True),
    "tenants_tenant_change": Act(lambda _: {"name": "Renamed"}, operator=True),
    "tenants_tenant_add_admin": Act(
        lambda _: {"username": "first"}, operator=True, prepare=_without_admins
    ),
    "tenants_tenant_invite": Act(operator=True, prepare=have_wait_for_an_admin),
    "tenants_tenant_support": Act(lambda _: {"reason": "The import fails"}, operator=True),
    "tenants_tenant_set_limits": Act(lambda _: {"confirm": "on", "limit_users": 7}, operator=True),
    "tenants_tenant_move": Act(_target, operator=True, prepare=end_moves),
    "tenants_tenant_change_slug": Act(lambda _: {"slug": "other"}, operator=True),
    "tenants_tenant_suspend": Act(operator=True),
    "tenants_tenant_reactivate": Act(operator=True, prepare=_suspend),
    "tenants_tenant_request_deletion": Act(
        lambda fixture: {"slug": fixture.tenant.slug}, operator=True
    ),
    "tenants_tenant_restore": Act(operator=True, prepare=close_for_deletion),
    "tenants_serviceplan_add": Act(lambda _: {"key": "gold", "name": "Gold"}, operator=True),
    "tenants_serviceplan_change": Act(lambda _: {"name": "Renamed"}, operator=True),
    "tenants_serviceplan_delete": Act(operator=True),
    "tenants_operation_retry": Act(operator=True),
    "tenants_operation_cancel": Act(operator=True),
    **{name: _declared(values) for name, values in declared("ADMIN_FORMS").items()},
}


class Address(NamedTuple):
    """One address of a model's admin.

    Attributes:
        name: as in ``ACTS``.
        model: whose admin it is.
        takes_id: whether it names an object.
    """

    name: str
    model: type[Model]
    takes_id: bool


def addresses() -> list[Address]:
    """All of the site's, read off the registered models."""
    registered = [model for model in apps.get_models() if site.is_registered(model)]
    found = [
        Address(str(pattern.name), model, "object_id" in pattern.pattern.converters)
        for model in registered
        for pattern in site.get_model_admin(model).get_urls()
        if pattern.name
    ]
    assert found
    return found
