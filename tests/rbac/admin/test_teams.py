"""Teams in the admin: formed in one another, joined, left and dissolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from rbac.models import AuditEntry, Role, Team, TeamMember
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, address_of, cells, errors_of, without_titles
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person


def form_teams(tenant: Tenant) -> tuple[Team, Team]:
    """A team, and one that is part of it."""
    with tenant_scope(tenant):
        whole = create_team(name="Engineering", actor=ACTOR)
        return whole, create_team(name="Platform", parent=whole, actor=ACTOR)


def add_users(tenant: Tenant, *names: str) -> None:
    with tenant_scope(tenant):
        for name in names:
            create_user(username=name, actor=ACTOR)


def members(tenant: Tenant, team: Team) -> set[str]:
    with tenant_scope(tenant):
        rows = TeamMember.objects.filter(team=team)
        return set(rows.values_list("user__username", flat=True))


def join(client: AdminClient, team: Team, names: str) -> Any:
    address = reverse("admin:rbac_team_add_members", args=[team.pk])
    return client.post(address, {"usernames": names})


def leave(client: AdminClient, team: Team, name: str) -> Any:
    with tenant_scope(client.tenant):
        pk = TeamMember.objects.get(team=team, user__username=name).user_id
    address = reverse("admin:rbac_team_remove_members", args=[team.pk])
    return client.post(address, {"members": [str(pk)]})


def messages_of(response: Any) -> str:
    """What a form of an action says after it was refused."""
    assert response.status_code == 200
    form = response.context["form"]
    return " ".join(text for texts in form.errors.values() for text in texts)


def test_a_team_is_formed_in_another_and_its_members_come_and_go(admin: AdminClient) -> None:
    tenant = admin.tenant
    add_users(tenant, "ed", "vic", "zoe")
    admin.submit("rbac_team_add", name="Engineering", description="All of them")
    with tenant_scope(tenant):
        whole = Team.objects.get(name="Engineering")
    made = admin.submit("rbac_team_add", name="Platform", parent=whole.pk)
    with tenant_scope(tenant):
        part = Team.objects.select_related("parent").get(name="Platform")
    assert made["Location"] == address_of(part)
    assert (part.parent, part.ancestors) == (whole, [whole.pk])
    assert join(admin, part, "ed, vic\nzoe").status_code == 302
    assert members(tenant, part) == {"ed", "vic", "zoe"}
    assert "Platform" in admin.page("rbac_team_change", whole.pk)
    assert leave(admin, part, "vic").status_code == 302
    assert members(tenant, part) == {"ed", "zoe"}
    with tenant_scope(tenant):
        logged = AuditEntry.objects.filter(subject_id=str(part.pk)).order_by("created_at")
        actions = list(logged.values_list("action", flat=True))
    assert actions == ["team.create", *["team.add_member"] * 3, "team.remove_member"]


def test_members_of_a_part_are_shown_on_the_whole_with_their_team(admin: AdminClient) -> None:
    whole, part = form_teams(admin.tenant)
    add_users(admin.tenant, "ed")
    join(admin, part, "ed")
    shown = admin.page("rbac_team_change", whole.pk)
    assert cells("ed", "-", "Platform") in without_titles(shown)


def test_a_circle_of_teams_is_neither_offered_nor_made(admin: AdminClient) -> None:
    whole, part = form_teams(admin.tenant)
    shown = admin.get(address_of(whole))
    offered = shown.context["adminform"].form.fields["parent"].queryset
    with tenant_scope(admin.tenant):
        assert not offered.exists()
    sent = {"name": whole.name, "seen_revision": whole.revision, "parent": part.pk}
    assert "not one of the available choices" in errors_of(
        admin.submit("rbac_team_change", whole.pk, **sent)
    )
    with tenant_scope(admin.tenant):
        assert Team.objects.get(pk=whole.pk).parent is None
        other = create_team(name="Other", actor=ACTOR)
    sent = {"name": "Renamed", "seen_revision": whole.revision, "parent": other.pk}
    assert admin.submit("rbac_team_change", whole.pk, **sent).status_code == 302
    with tenant_scope(admin.tenant):
        assert Team.objects.get(pk=part.pk).ancestors == [whole.pk, other.pk]


def test_all_are_added_to_a_team_or_none(admin: AdminClient) -> None:
    whole, _ = form_teams(admin.tenant)
    add_users(admin.tenant, "ed")
    assert "There is no user called nobody-here" in messages_of(
        join(admin, whole, "ed, nobody-here")
    )
    assert "at most 100" in messages_of(join(admin, whole, " ".join(f"n{i}" for i in range(101))))
    assert members(admin.tenant, whole) == set()


def test_a_team_with_parts_stays_and_two_may_not_share_a_name(admin: AdminClient) -> None:
    whole, part = form_teams(admin.tenant)
    delete = reverse("admin:rbac_team_delete", args=[whole.pk])
    kept = admin.post(delete, {"post": "yes"}, follow=True)
    assert "It is used by teams." in kept.content.decode()
    assert "another team is called" in errors_of(admin.submit("rbac_team_add", name="Platform"))
    admin.post(reverse("admin:rbac_team_delete", args=[part.pk]), {"post": "yes"})
    admin.post(delete, {"post": "yes"})
    with tenant_scope(admin.tenant):
        assert not Team.objects.exists()


def test_nobody_puts_people_into_a_team_that_has_more_than_they_hold(
    tenant: Tenant, person: Person
) -> None:
    team, _ = form_teams(tenant)
    add_users(tenant, "ed")
    allows = dict.fromkeys(
        ("admin_site.use", "team.view", "team.update", "user.view", "project.view"), "tenant"
    )
    with tenant_scope(tenant):
        role = create_role(name="Leader", permissions=allows, actor=ACTOR)
        leader = create_user(username="lee", roles=[role.key], actor=ACTOR)
        grant_role(team, Role.objects.get(key="admin"), actor=ACTOR)
    assert "The team allows" in messages_of(join(AdminClient(tenant, leader), team, "lee"))
    assert members(tenant, team) == set()
    assert join(AdminClient(tenant, person(tenant, "admin")), team, "lee").status_code == 302
    assert members(tenant, team) == {"lee"}


def test_whoever_sees_nobody_adds_nobody(tenant: Tenant) -> None:
    team, _ = form_teams(tenant)
    add_users(tenant, "ed")
    allows = dict.fromkeys(("admin_site.use", "team.view", "team.update"), "tenant")
    with tenant_scope(tenant):
        role = create_role(name="Blind", permissions=allows, actor=ACTOR)
        blind = AdminClient(tenant, create_user(username="bo", roles=[role.key], actor=ACTOR))
    assert messages_of(join(blind, team, "ed")).replace("ed.", "no.") == messages_of(
        join(blind, team, "no")
    )
    assert members(tenant, team) == set()


def test_the_last_admin_does_not_leave_the_team_that_makes_them_one(
    tenant: Tenant,
) -> None:
    team, _ = form_teams(tenant)
    with tenant_scope(tenant):
        ada = create_user(username="ada", actor=ACTOR)
        add_member(team, ada, actor=ACTOR)
        grant_role(team, Role.objects.get(key="admin"), actor=ACTOR)
    client = AdminClient(tenant, ada)
    assert "admin" in messages_of(leave(client, team, "ada")).lower()
    assert members(tenant, team) == {"ada"}
    with tenant_scope(tenant):
        create_user(username="second", roles=["admin"], actor=ACTOR)
    assert leave(client, team, "ada").status_code == 302


def test_the_list_costs_the_same_however_many_there_are(
    admin: AdminClient, query_count: Any
) -> None:
    def fill(numbers: range) -> None:
        with tenant_scope(admin.tenant):
            viewer = Role.objects.get(key="viewer")
            for number in numbers:
                team = create_team(name=f"Team {number}", actor=ACTOR)
                grant_role(team, viewer, actor=ACTOR)
                add_member(team, create_user(username=f"u{number}", actor=ACTOR), actor=ACTOR)

    fill(range(2))
    few = query_count(lambda: admin.page("rbac_team_changelist"))
    fill(range(2, 15))
    assert query_count(lambda: admin.page("rbac_team_changelist")) == few
