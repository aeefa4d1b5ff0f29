"""Questions about access over the API: who may ask, what is told, and what nobody learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blueprints.catalog.models import Blueprint, Project
from rbac.access.holdings import Limits
from rbac.models import AuditEntry, RoleGrant, User
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api, Person

ME, EXPLAIN, WHO_CAN = (
    "/api/v1/me/permissions/",
    "/api/v1/access/explain/",
    "/api/v1/access/who-can/",
)
UPDATE = "blueprint.update"


def _blueprint(tenant: Tenant, owner: User | None = None) -> Blueprint:
    with tenant_scope(tenant):
        project = Project.objects.create(name=f"shop-{uuid4().hex[:6]}")
        return Blueprint.objects.create(project=project, name="network", created_by=owner)


def _about(obj: Blueprint) -> dict[str, str]:
    return {"type": "blueprint", "id": str(obj.pk)}


def _explain(client: ApiClient, **asked: Any) -> Any:
    return client.post(EXPLAIN, {"permission": UPDATE, **asked})


# --- Oneself ----------------------------------------------------------------------------
def test_everybody_is_told_what_they_hold_and_where_from(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "viewer")
    assert client.user is not None
    with tenant_scope(tenant):
        above = create_team(name="engineering", actor=ACTOR)
        team = create_team(name="backend", parent=above, actor=ACTOR)
        add_member(team, client.user, actor=ACTOR)
        role = create_role(name="Cutter", permissions={"project.delete": "team"}, actor=ACTOR)
        here = Project.objects.create(name="here")
        grant = grant_role(above, role, limits=Limits(frozenset({here.pk})), actor=ACTOR)
    answer = client.get(ME)
    assert answer["Cache-Control"] == "no-store"
    shown = {each["permission"]: each for each in answer.json()["permissions"]}
    assert shown["blueprint.view"]["scope"] == "tenant"
    assert shown["blueprint.view"]["paths"][0]["team_path"] == []
    assert UPDATE not in shown
    (path,) = shown["project.delete"]["paths"]
    assert (path["grant"], path["role"], path["scope"]) == (str(grant.pk), "custom-cutter", "team")
    assert path["team_path"] == ["backend", "engineering"]
    # The name as well: una may see the project.
    named = {str(here.pk): "here"}
    assert path["limits"] == {"projects": [str(here.pk)], "environments": None, "names": named}


def test_everybody_may_ask_about_themselves(tenant: Tenant, api: Api) -> None:
    blueprint, client = _blueprint(tenant), api(tenant, "consultant")
    assert client.user is not None
    for subject in ({}, {"user": client.user.username}, {"user": str(client.user.pk)}):
        shown = _explain(client, object=_about(blueprint), **subject).json()
        assert shown["allowed"] is False
        assert shown["paths"][0]["failed"] == "scope"
        assert "system-engineer" in {
            need["role"] for need in shown["required_roles"] if need["sufficient"]
        }
    own = _blueprint(tenant, client.user)
    assert _explain(client, object=_about(own)).json()["allowed"] is True


def test_an_answer_is_the_one_that_a_request_gets(tenant: Tenant, api: Api) -> None:
    blueprint = _blueprint(tenant)
    for role in ("admin", "system-engineer", "viewer", "consultant"):
        client = api(tenant, role)
        shown = _explain(client, object=_about(blueprint)).json()["allowed"]
        change = client.patch(
            f"/api/v1/blueprints/{blueprint.pk}/",
            {"description": role},
            headers={"If-Match": "*"},
        )
        assert shown is (change.status_code == 200), role


# --- Others -----------------------------------------------------------------------------
def test_asking_about_others_needs_a_permission(tenant: Tenant, api: Api, person: Person) -> None:
    other, architect = person(tenant, "viewer"), api(tenant, "enterprise-architect")
    # Whether there is somebody of that name is told to nobody either.
    for name in (other.username, str(other.pk), "nobody-at-all"):
        assert _explain(architect, user=name).status_code == 403
    assert architect.get(WHO_CAN, {"permission": UPDATE}).status_code == 403
    shown = _explain(api(tenant), user=other.username).json()
    assert (shown["allowed"], shown["user"]["username"]) == (False, other.username)


def test_the_permission_alone_opens_nothing_that_one_may_not_see(tenant: Tenant, api: Api) -> None:
    client, blueprint = api(tenant, "viewer", "asker"), _blueprint(tenant)
    assert client.user is not None
    with tenant_scope(tenant):
        RoleGrant.objects.filter(user=client.user).delete()
        role = create_role(name="Asker", permissions={"access.explain": "tenant"}, actor=ACTOR)
        grant_role(client.user, role, actor=ACTOR)
    here, nowhere = _about(blueprint), {"type": "blueprint", "id": str(uuid4())}
    answers = [
        *(_explain(client, object=named) for named in (here, nowhere)),
        *(client.get(WHO_CAN, {"permission": UPDATE, **named}) for named in (here, nowhere)),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({_told(answer) for answer in answers}) == 1
    with tenant_scope(tenant):
        grant_role(client.user, find_role("viewer"), actor=ACTOR)
    assert _explain(client, object=here).status_code == 200
    assert client.get(WHO_CAN, {"permission": UPDATE, **here}).status_code == 200


def _told(answer: Any) -> tuple[str, str]:
    problem = answer.json()
    return problem["code"], problem["detail"]


def test_another_tenants_users_and_objects_are_answered_like_none(
    attacker: Tenant, victim: Tenant, api: Api, person: Person
) -> None:
    foreign, user = _blueprint(victim), person(victim, "viewer", "victor")
    admin, own = api(attacker), _blueprint(attacker)
    absent = {"type": "blueprint", "id": str(uuid4())}
    for subject in (str(user.pk), user.username):
        answer, none = _explain(admin, user=subject), _explain(admin, user=str(uuid4()))
        assert (answer.status_code, _told(answer)) == (404, _told(none))
    for ask in (
        lambda named: _explain(admin, object=named),
        lambda named: admin.get(WHO_CAN, {"permission": UPDATE, **named}),
    ):
        assert ask(_about(foreign)).status_code == ask(absent).status_code == 404
        assert _told(ask(_about(foreign))) == _told(ask(absent))
        assert ask(_about(own)).status_code == 200
    names = {row["user"]["username"] for row in _pages(admin, UPDATE)}
    assert user.username not in names


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"permission": "blueprint.explode"}, "/permission"),
        ({"object": {"type": "project", "id": str(uuid4())}}, "/type"),
        (
            {"permission": "admin_site.use", "object": {"type": "admin_site", "id": str(uuid4())}},
            "/type",
        ),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    acme: Tenant, api: Api, asked: dict[str, Any], pointer: str
) -> None:
    refused = _explain(api(acme), **asked)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer


# --- Everybody --------------------------------------------------------------------------
def _pages(client: ApiClient, permission: str, size: int = 50) -> list[dict[str, Any]]:
    """All pages of an answer, one after the other."""
    rows: list[dict[str, Any]] = []
    address = f"{WHO_CAN}?permission={permission}&page_size={size}"
    while address:
        page = client.get(address).json()
        rows += page["results"]
        address = page["next"] or ""
    return rows


def test_pages_name_everybody_once_with_a_reason(tenant: Tenant, api: Api) -> None:
    admin, blueprint = api(tenant), _blueprint(tenant)
    with tenant_scope(tenant):
        team = create_team(name="backend", actor=ACTOR)
        for number in range(5):
            user = create_user(username=f"member-{number}", actor=ACTOR)
            add_member(team, user, actor=ACTOR)
        grant_role(team, find_role("system-engineer"), actor=ACTOR)
    rows = [row for row in _pages(admin, UPDATE, 2) if row["user"]["username"].startswith("member")]
    assert [row["user"]["username"] for row in rows] == [f"member-{n}" for n in range(5)]
    assert {tuple(row["path"]["team_path"]) for row in rows} == {("backend",)}
    on_it = admin.get(WHO_CAN, {"permission": UPDATE, **_about(blueprint)}).json()["results"]
    assert "member-0" in {row["user"]["username"] for row in on_it}


def test_a_page_costs_the_same_however_many_are_on_it(tenant: Tenant, api: Api) -> None:
    admin = api(tenant)

    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as statements:
            page = admin.get(WHO_CAN, {"permission": UPDATE, "page_size": "100"}).json()
        return len(statements), len(page["results"])

    cost()  # reads what is kept afterwards
    queries, few = cost()
    with tenant_scope(tenant):
        engineer = find_role("system-engineer")
        users = User.objects.bulk_create(User(username=f"u{n}", password="!") for n in range(40))
        RoleGrant.objects.bulk_create(
            RoleGrant(user=user, role=engineer, granted_by="system:tests") for user in users
        )
    assert cost() == (queries, few + 40)


@pytest.mark.parametrize(
    "query", ["permission=blueprint.update&x=1", "", "permission=blueprint.update&type=blueprint"]
)
def test_a_query_that_is_not_understood_is_refused(acme: Tenant, api: Api, query: str) -> None:
    assert api(acme).get(f"{WHO_CAN}?{query}").status_code == 400


def test_who_asked_in_vain_is_on_record(acme: Tenant, api: Api, person: Person) -> None:
    other, reader = person(acme, "viewer"), api(acme, "consultant")
    assert _explain(reader, user=other.username).status_code == 403
    with tenant_scope(acme):
        assert AuditEntry.objects.filter(action="access.denied").count() == 1
