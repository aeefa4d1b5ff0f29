"""Grants that are limited, to teams, or for a while: what they open, and how they end.

Everything goes over the API with one token: the next request of somebody whose rights have
changed is answered by the new ones, however often it was answered by the old ones before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.utils import timezone

from blueprints.catalog.models import Blueprint, Project
from rbac.models import AuditEntry, RoleGrant, Team, TeamMember
from rbac.services.roles import create_role
from rbac.services.teams import add_member, create_team
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.api.fixtures import document
from tests.api_client import ApiClient
from tests.conftest import ACTOR, Api

if TYPE_CHECKING:
    from tenants.models import Tenant

GRANTS, TEAMS = "/api/v1/grants/", "/api/v1/teams/"
BLUEPRINTS, PROJECTS = "/api/v1/blueprints/", "/api/v1/projects/"
ANY = {"If-Match": "*"}


class Stage(NamedTuple):
    """An admin, somebody without rights, and two projects with a blueprint each."""

    tenant: Tenant
    admin: ApiClient
    una: ApiClient
    mine: Project
    other: Project


@pytest.fixture
def stage(tenant: Tenant, api: Api) -> Stage:
    admin = api(tenant)
    with tenant_scope(tenant):
        user = create_user(username="una", actor=ACTOR)
        _, token = create_token(user, name="tests", actor=ACTOR)
        projects = [Project.objects.create(name=name) for name in ("Mine", "Other")]
        for project in projects:
            Blueprint.objects.create(project=project, name="network")
    return Stage(tenant, admin, ApiClient(tenant, user=user, token=token), *projects)


def granted(stage: Stage, *, status: int = 201, **body: Any) -> Any:
    """Let the admin grant una a role."""
    body = {"role": "system-engineer", "user": str(stage.una.user.pk), **body}  # type: ignore[union-attr]  # una is one
    response = stage.admin.post(GRANTS, body)
    assert response.status_code == status, response.content
    assert ("Location" in response.headers) is (status == 201)
    return response.json()


def seen(stage: Stage, path: str = BLUEPRINTS) -> int:
    """How many objects una's list shows; -1 when she may not ask."""
    response = stage.una.get(path)
    return len(response.json()["results"]) if response.status_code == 200 else -1


def new_blueprint(project: Project) -> dict[str, Any]:
    return {"project": str(project.pk), "name": "second", "document": document()}


def test_a_grant_for_one_project_opens_that_one_alone(stage: Stage) -> None:
    assert seen(stage) == -1
    granted(stage, projects=[str(stage.mine.pk)])
    assert (seen(stage), seen(stage, PROJECTS)) == (1, 1)
    assert stage.una.get(f"{PROJECTS}{stage.other.pk}/").status_code == 404
    assert stage.una.post(BLUEPRINTS, new_blueprint(stage.mine)).status_code == 201
    # Of the other she does not even learn that it exists.
    assert stage.una.post(BLUEPRINTS, new_blueprint(stage.other)).status_code == 404
    # A project that she would start lies in none of hers.
    refused = stage.una.post(PROJECTS, {"name": "New"})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-denied")
    assert refused.json()["detail"] == "This needs the permission project.create."
    with tenant_scope(stage.tenant):
        assert Project.objects.count() == 2
        assert Blueprint.objects.filter(project=stage.other).count() == 1


def test_creating_needs_the_right_where_it_is_created(stage: Stage) -> None:
    """She may read both projects, and add to one of them."""
    granted(stage, projects=[str(stage.mine.pk)])
    granted(stage, role="viewer")
    refused = stage.una.post(BLUEPRINTS, new_blueprint(stage.other))
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-denied")
    with tenant_scope(stage.tenant):
        assert Blueprint.objects.filter(project=stage.other).count() == 1
    assert stage.una.post(BLUEPRINTS, new_blueprint(stage.mine)).status_code == 201


def test_a_limited_admin_administers_no_people(stage: Stage) -> None:
    granted(stage, role="admin", projects=[str(stage.mine.pk)])
    assert stage.una.get("/api/v1/me/").status_code == 200
    assert stage.una.get("/api/v1/component-types/").status_code == 200
    assert stage.una.get("/api/v1/users/").json()["results"][0]["username"] == "una"
    for path in ("roles", "grants", "teams", "audit", "usage", "domains"):
        assert stage.una.get(f"/api/v1/{path}/").status_code == 403, path
    assert stage.una.post("/api/v1/users/", {"username": "new"}).status_code == 403
    assert stage.una.post(PROJECTS, {"name": "New"}).status_code == 403


def test_a_revoked_grant_is_over_with_the_next_request(stage: Stage) -> None:
    grant = granted(stage)
    assert [seen(stage) for _ in range(3)] == [2, 2, 2]
    assert stage.admin.delete(f"{GRANTS}{grant['id']}/").status_code == 204
    assert seen(stage) == -1


def test_a_grant_that_ends_by_the_clock_is_over_without_anybody_changing_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    granted(stage, expires_at=(now + timedelta(hours=1)).isoformat())
    assert [seen(stage) for _ in range(2)] == [2, 2]
    monkeypatch.setattr("rbac.access.holdings.timezone.now", lambda: now + timedelta(minutes=59))
    assert seen(stage) == 2
    monkeypatch.setattr("rbac.access.holdings.timezone.now", lambda: now + timedelta(minutes=61))
    assert seen(stage) == -1


def test_a_grant_that_has_not_begun_opens_nothing_yet(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    granted(stage, starts_at=(now + timedelta(hours=1)).isoformat())
    assert seen(stage) == -1
    monkeypatch.setattr("rbac.access.holdings.timezone.now", lambda: now + timedelta(minutes=61))
    assert seen(stage) == 2


def test_a_team_s_role_comes_and_goes_with_the_membership(stage: Stage) -> None:
    team = stage.admin.post(TEAMS, {"name": "Builders"}).json()
    members = f"{TEAMS}{team['id']}/members/"
    assert stage.admin.post(GRANTS, {"role": "viewer", "team": team["id"]}).status_code == 201
    assert seen(stage) == -1
    una = str(stage.una.user.pk)  # type: ignore[union-attr]  # una is one
    assert stage.admin.post(members, {"user": una}).status_code == 201
    assert seen(stage) == 2
    assert stage.admin.delete(f"{members}{una}/").status_code == 204
    assert seen(stage) == -1


def test_the_members_of_a_part_have_the_roles_of_the_whole_and_not_the_other_way_round(
    stage: Stage,
) -> None:
    with tenant_scope(stage.tenant):
        whole = create_team(name="Whole", actor=ACTOR)
        part = create_team(
            name="Part", parent=create_team(name="Middle", parent=whole, actor=ACTOR), actor=ACTOR
        )
        add_member(part, stage.una.user, actor=ACTOR)  # type: ignore[arg-type]  # una is one
    granted_to = {"role": "viewer", "team": str(whole.pk)}
    assert stage.admin.post(GRANTS, granted_to).status_code == 201
    assert seen(stage) == 2
    # Made a team of its own, the part loses what came from above.
    moved = stage.admin.patch(f"{TEAMS}{part.pk}/", {"parent": None}, headers=ANY)
    assert moved.status_code == 200, moved.content
    assert seen(stage) == -1
    with tenant_scope(stage.tenant):
        assert Team.objects.get(pk=part.pk).ancestors == []


def test_the_parts_of_a_moved_team_move_with_it(stage: Stage) -> None:
    with tenant_scope(stage.tenant):
        top, middle = create_team(name="Top", actor=ACTOR), create_team(name="M", actor=ACTOR)
        leaf = create_team(name="Leaf", parent=middle, actor=ACTOR)
        add_member(leaf, stage.una.user, actor=ACTOR)  # type: ignore[arg-type]  # una is one
    assert stage.admin.post(GRANTS, {"role": "viewer", "team": str(top.pk)}).status_code == 201
    assert seen(stage) == -1
    path = f"{TEAMS}{middle.pk}/"
    assert stage.admin.patch(path, {"parent": str(top.pk)}, headers=ANY).status_code == 200
    assert seen(stage) == 2
    # A circle, by way of the leaf.
    refused = stage.admin.patch(f"{TEAMS}{top.pk}/", {"parent": str(leaf.pk)}, headers=ANY)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-team")


def test_team_scope_reaches_the_team_s_projects_and_one_s_own(stage: Stage) -> None:
    with tenant_scope(stage.tenant):
        team = create_team(name="Builders", actor=ACTOR)
        add_member(team, stage.una.user, actor=ACTOR)  # type: ignore[arg-type]  # una is one
        role = create_role(
            name="Team reader",
            permissions={"project.view": "team", "blueprint.view": "team"},
            actor=ACTOR,
        )
    granted(stage, role=role.key)
    assert (seen(stage, PROJECTS), seen(stage)) == (0, 0)
    given = stage.admin.patch(f"{PROJECTS}{stage.mine.pk}/", {"team": str(team.pk)}, headers=ANY)
    assert given.json()["team"] == str(team.pk)
    assert (seen(stage, PROJECTS), seen(stage)) == (1, 1)
    with tenant_scope(stage.tenant):
        Project.objects.filter(pk=stage.other.pk).update(created_by=stage.una.user)
    assert (seen(stage, PROJECTS), seen(stage)) == (2, 1)


def test_a_role_that_changes_changes_for_all_who_have_it(stage: Stage) -> None:
    body = {"name": "Reader", "permissions": {"blueprint.view": "tenant"}}
    made = stage.admin.post("/api/v1/roles/", body)
    role, seen_first = made.json(), {"If-Match": made.headers["ETag"]}
    heir = stage.admin.post("/api/v1/roles/", {"name": "Heir", "inherits": [role["key"]]}).json()
    assert heir["permissions"] == {"blueprint.view": "tenant"}
    granted(stage, role=heir["key"])
    assert (seen(stage), seen(stage, PROJECTS)) == (2, -1)
    path = f"/api/v1/roles/{role['id']}/"
    changed = stage.admin.patch(
        path, {"permissions": {"project.view": "tenant"}}, headers=seen_first
    )
    assert changed.status_code == 200, changed.content
    assert (seen(stage), seen(stage, PROJECTS)) == (-1, 2)
    stale = stage.admin.patch(path, {"permissions": {}}, headers=seen_first)
    assert stale.status_code == 412
    assert seen(stage, PROJECTS) == 2
    in_use = stage.admin.delete(path, headers=ANY)
    assert (in_use.status_code, in_use.json()["code"]) == (409, "role-in-use")


def test_a_deactivated_member_is_out_at_once(stage: Stage) -> None:
    granted(stage)
    assert seen(stage) == 2
    path = f"/api/v1/users/{stage.una.user.pk}/"  # type: ignore[union-attr]  # una is one
    assert stage.admin.patch(path, {"is_active": False}, headers=ANY).status_code == 200
    assert stage.una.get(BLUEPRINTS).status_code == 401


BAD = {
    "nobody": {"user": None},
    "both": {"team": "00000000-0000-4000-8000-00000000000f"},
    "unknown-project": {"projects": ["00000000-0000-4000-8000-00000000000f"]},
    "unknown-environment": {"environments": ["00000000-0000-4000-8000-00000000000f"]},
    "no-project": {"projects": []},
    "ended": {"expires_at": "2020-01-01T00:00:00Z"},
    "ends-before-it-begins": {
        "starts_at": "2099-01-02T00:00:00Z",
        "expires_at": "2099-01-01T00:00:00Z",
    },
    "unknown-role": {"role": "no-such-role"},
    "unknown-user": {"user": "00000000-0000-4000-8000-00000000000f"},
}


@pytest.mark.parametrize("wrong", BAD.values(), ids=list(BAD))
def test_a_grant_that_makes_no_sense_is_refused_in_words(
    stage: Stage, wrong: dict[str, Any]
) -> None:
    body = {"role": "viewer", "user": str(stage.una.user.pk)}  # type: ignore[union-attr]  # una is one
    body = {name: value for name, value in {**body, **wrong}.items() if value is not None}
    with tenant_scope(stage.tenant):
        before = (RoleGrant.objects.count(), TeamMember.objects.count())
        entries = AuditEntry.objects.filter(action__startswith="role.").count()
    refused = stage.admin.post(GRANTS, body)
    assert refused.status_code == 400, refused.content
    assert refused.json()["detail"]
    with tenant_scope(stage.tenant):
        assert (RoleGrant.objects.count(), TeamMember.objects.count()) == before
        assert AuditEntry.objects.filter(action__startswith="role.").count() == entries


def test_granting_again_changes_when_it_ends_and_adds_nothing(stage: Stage) -> None:
    first = granted(stage, projects=[str(stage.mine.pk)])
    ends = (timezone.now() + timedelta(days=1)).isoformat()
    only = [str(stage.mine.pk)]
    assert granted(stage, status=200, projects=only) == first
    again = granted(stage, status=200, projects=only, expires_at=ends)
    elsewhere = granted(stage, projects=[str(stage.other.pk)])
    assert first["id"] == again["id"] != elsewhere["id"]
    assert again["expires_at"] is not None
