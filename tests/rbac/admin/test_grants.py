"""Grants in the admin: given within limits and for a while, seen, and taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from blueprints.catalog.services.projects import create_project
from rbac.access.holdings import Limits
from rbac.models import AuditEntry, Role, RoleGrant
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.teams import create_team
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, address_of, errors_of
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from rbac.models import Team, User
    from tenants.models import Tenant
    from tests.conftest import Person

LIST = "rbac_rolegrant_changelist"


def role_of(tenant: Tenant, key: str) -> Role:
    with tenant_scope(tenant):
        role: Role = Role.objects.get(key=key)
        return role


def grants(tenant: Tenant) -> list[RoleGrant]:
    with tenant_scope(tenant):
        return list(RoleGrant.objects.select_related("role", "user", "team").order_by("created_at"))


def with_vic(tenant: Tenant) -> User:
    with tenant_scope(tenant):
        return create_user(username="vic", actor=ACTOR)


def a_team(tenant: Tenant, name: str = "Platform") -> Team:
    with tenant_scope(tenant):
        return create_team(name=name, actor=ACTOR)


def a_month(days: int = 30) -> dict[str, str]:
    end = timezone.now() + timedelta(days=days)
    return {"expires_at_0": f"{end:%Y-%m-%d}", "expires_at_1": "12:00:00"}


def limited_granter(tenant: Tenant) -> AdminClient:
    """Somebody let into the admin who may grant, and holds little else."""
    with tenant_scope(tenant):
        allows = dict.fromkeys(("admin_site.use", "role.grant", "role.view"), "tenant")
        role = create_role(
            name="Granter", permissions={**allows, "user.view": "tenant"}, actor=ACTOR
        )
        user = create_user(username="gwen", roles=[role.key], actor=ACTOR)
    return AdminClient(tenant, user)


def test_a_role_is_granted_to_a_user_within_a_project_and_for_a_while(admin: AdminClient) -> None:
    tenant = admin.tenant
    vic = with_vic(tenant)
    with tenant_scope(tenant):
        project = create_project(name="Web shop", actor=ACTOR)
    answered = admin.submit(
        "rbac_rolegrant_add",
        username="vic",
        role=str(role_of(tenant, "viewer").pk),
        projects=[str(project.pk)],
        **a_month(),
    )
    assert answered.status_code == 302
    grant = grants(tenant)[-1]
    assert (grant.user, grant.team, grant.role.key) == (vic, None, "viewer")
    assert grant.projects == [project.pk]
    assert grant.expires_at is not None
    shown = admin.page("rbac_rolegrant_change", grant.pk)
    assert "projects: Web shop" in shown
    assert f"until {grant.expires_at:%Y-%m-%d} 12:00 UTC" in shown
    with tenant_scope(tenant):
        entry = AuditEntry.objects.get(action="role.grant", subject_id=str(vic.pk))
    assert admin.user is not None
    assert (entry.actor_id, entry.changes["role"]) == (admin.user.audit_id, "viewer")


def test_a_role_is_granted_to_a_team_and_taken_back(admin: AdminClient) -> None:
    team = a_team(admin.tenant)
    viewer = str(role_of(admin.tenant, "viewer").pk)
    form = reverse("admin:rbac_rolegrant_add")
    assert "Platform" in admin.get(form, {"team": str(team.pk)}).content.decode()
    assert admin.submit("rbac_rolegrant_add", team=team.pk, role=viewer).status_code == 302
    grant = grants(admin.tenant)[-1]
    assert (grant.team, grant.user) == (team, None)
    revoke = reverse("admin:rbac_rolegrant_revoke", args=[grant.pk])
    assert admin.get(revoke).status_code == 200
    assert grant in grants(admin.tenant)
    page = admin.post(revoke, follow=True).content.decode()
    assert "by this grant no more" in page
    assert grant not in grants(admin.tenant)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "Name a user or choose a team"),
        ({"username": "vic", "team": "TEAM"}, "Name a user or choose a team"),
        ({"username": "nobody-here"}, "There is no user called nobody-here"),
        ({"username": "vic", **a_month(-1)}, "It must lie in the future and after the start"),
        ({"username": "vic", "projects": ["0" * 32]}, "is not one of the available choices"),
        (
            {"username": "vic", "starts_at_0": "2999-01-01", "starts_at_1": "00:00", **a_month()},
            "It must lie in the future and after the start",
        ),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_is_granted(
    acme: Tenant, person: Person, fields: dict[str, Any], expected: str
) -> None:
    admin = AdminClient(acme, person(acme, "admin"))
    with_vic(acme)
    team = a_team(acme)
    before = grants(acme)
    sent = {name: str(team.pk) if value == "TEAM" else value for name, value in fields.items()}
    answered = admin.submit("rbac_rolegrant_add", role=role_of(acme, "viewer").pk, **sent)
    assert expected in errors_of(answered)
    assert grants(acme) == before


def test_nobody_grants_or_revokes_what_they_do_not_hold(tenant: Tenant, person: Person) -> None:
    vic = with_vic(tenant)
    gwen = limited_granter(tenant)
    before = grants(tenant)
    refused = gwen.submit("rbac_rolegrant_add", username="vic", role=role_of(tenant, "admin").pk)
    assert "You" in errors_of(refused)
    assert grants(tenant) == before
    with tenant_scope(tenant):
        kept = grant_role(vic, role_of(tenant, "admin"), actor=ACTOR)
    page = gwen.post(reverse("admin:rbac_rolegrant_revoke", args=[kept.pk]), follow=True)
    assert "no more" not in page.content.decode()
    assert kept in grants(tenant)
    own = role_of(tenant, "custom-granter").pk
    assert gwen.submit("rbac_rolegrant_add", username="vic", role=own).status_code == 302
    assert len(grants(tenant)) == len(before) + 2
    whole = AdminClient(tenant, person(tenant, "admin", "whole"))
    whole.post(reverse("admin:rbac_rolegrant_revoke", args=[kept.pk]))
    assert kept not in grants(tenant)


def test_whom_and_what_one_may_not_see_is_not_named(tenant: Tenant, person: Person) -> None:
    vic = with_vic(tenant)
    allows = dict.fromkeys(("admin_site.use", "role.grant", "role.view"), "tenant")
    with tenant_scope(tenant):
        role = create_role(name="Blind", permissions=allows, actor=ACTOR)
        blind = AdminClient(tenant, create_user(username="bo", roles=[role.key], actor=ACTOR))
        project = create_project(name="Secret shop", actor=ACTOR)
        team = create_team(name="Secret team", actor=ACTOR)
        limits = Limits(projects=frozenset({project.pk}))
        grant = grant_role(vic, Role.objects.get(key="viewer"), actor=ACTOR, limits=limits)
    before = grants(tenant)
    refused = [
        errors_of(blind.submit("rbac_rolegrant_add", username=name, role=role.pk))
        for name in ("vic", "nobody")
    ]
    assert refused[0].replace("vic", "nobody") == refused[1]
    sent = {"team": team.pk, "projects": [str(project.pk)], "role": role.pk}
    assert "not one of the available" in errors_of(blind.submit("rbac_rolegrant_add", **sent))
    assert grants(tenant) == before
    for client, sees in ((blind, False), (AdminClient(tenant, person(tenant, "admin")), True)):
        shown = client.page("rbac_rolegrant_change", grant.pk)
        assert ("Secret shop" in shown) is sees
        assert ("that you may not see" in shown) is not sees
        assert ("Secret" in client.page("rbac_rolegrant_add")) is sees


def test_a_grant_names_its_granter(admin: AdminClient) -> None:
    vic = with_vic(admin.tenant)
    with tenant_scope(admin.tenant):
        grant = grant_role(vic, Role.objects.get(key="viewer"), actor=admin.user or ACTOR)
        other = grant_role(vic, Role.objects.get(key="consultant"), actor=ACTOR)
    assert admin.user is not None
    assert f">{admin.user.username}<" in re.sub(
        r">\s+|\s+<",
        lambda found: found.group().strip(),
        admin.page("rbac_rolegrant_change", grant.pk),
    )
    assert ACTOR.audit_id in admin.page("rbac_rolegrant_change", other.pk)


def test_the_last_admins_grant_stays(acme: Tenant, person: Person) -> None:
    admin = AdminClient(acme, person(acme, "admin"))
    (grant,) = grants(acme)
    page = admin.post(reverse("admin:rbac_rolegrant_revoke", args=[grant.pk]), follow=True)
    assert "admin" in page.content.decode()
    assert grants(acme) == [grant]
    person(acme, "admin", "second")
    admin.post(reverse("admin:rbac_rolegrant_revoke", args=[grant.pk]))
    assert grant not in grants(acme)


def test_a_grant_cannot_be_changed_into_another(admin: AdminClient) -> None:
    (grant,) = grants(admin.tenant)
    sent = {"role": role_of(admin.tenant, "viewer").pk, "username": "vic"}
    assert admin.post(address_of(grant), sent).status_code == 403
    assert grants(admin.tenant)[0].role == grant.role


def test_the_list_is_narrowed_and_costs_the_same_however_long(
    admin: AdminClient, query_count: Any
) -> None:
    tenant = admin.tenant
    with tenant_scope(tenant):
        project = create_project(name="Web shop", actor=ACTOR)

    def fill(numbers: range) -> None:
        with tenant_scope(tenant):
            for number in numbers:
                user = create_user(username=f"user{number}", actor=ACTOR)
                team = create_team(name=f"Team {number}", actor=ACTOR)
                grant_role(user, role_of(tenant, "viewer"), actor=ACTOR)
                grant_role(team, role_of(tenant, "consultant"), actor=ACTOR)

    fill(range(2))
    few = query_count(lambda: admin.page(LIST))
    fill(range(2, 12))
    assert query_count(lambda: admin.page(LIST)) == few
    with tenant_scope(tenant):
        create_user(username="lim", actor=ACTOR)
    admin.submit(
        "rbac_rolegrant_add",
        username="lim",
        role=role_of(tenant, "viewer").pk,
        projects=[str(project.pk)],
        **a_month(7),
    )
    limited = admin.page(LIST, limited="yes", ends="soon", holder="users", role="viewer")
    assert "lim</a>" in limited
    assert "user3</a>" not in limited
    teams = admin.page(LIST, holder="teams")
    assert "Team Team 3" in teams
    assert "user3</a>" not in teams
    with tenant_scope(tenant):
        three = RoleGrant.objects.get(user__username="user3").user_id
    only = admin.page(LIST, holder=f"user:{three}")
    assert "user3</a>" in only
    assert "user4</a>" not in only
    assert "lim</a>" in admin.page(LIST, q="lim")
