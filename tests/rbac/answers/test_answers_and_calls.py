"""What is said about access is what happens: explain, who-can, my permissions and the API calls.

In random worlds of grants, limits, teams, delegations and tokens with scopes, every declared
permission is asked about in all three ways, and every request that the API declares for it is
sent. What is said to be allowed is done; what is not, is refused as not permitted, and no other
way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from blueprints.catalog.models import Blueprint, Project
from iac_platform.common.permissions import LimitKind, Scope, declared, get
from rbac.access.holdings import Limits, Period
from rbac.answers.explanations import explain, holdings_of, user_named
from rbac.answers.objects import models_by_resource
from rbac.answers.who_can import asked, who_can
from rbac.models import AccessStamp, RoleGrant, User
from rbac.permissions import CREATE_USER, UPDATE_USER, USE_ADMIN
from rbac.policy import RolePolicy
from rbac.selectors import token_by_digest
from rbac.services import denials
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.teams import add_member
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from rbac.tokens import digest
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api.fixtures import Fixture, document, entitled, make_fixture
from tests.api.requests import send
from tests.api.resources import SAMPLES, make, routes
from tests.api.routes import route_of
from tests.api_client import ApiClient
from tests.conftest import ACTOR
from tests.sampling import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import Model

    from iac_platform.common.permissions import Permission
    from tenants.models import Tenant

ANY_REVISION = {"If-Match": "*"}
HELD = st.dictionaries(
    st.sampled_from([permission.name for permission in declared()]), st.integers(0, 3), max_size=14
)


@dataclass(frozen=True)
class ProposedGrant:
    """One grant to una: what the role allows, and how it is held."""

    held: dict[str, int]
    limited_to: str | None
    by_team: bool
    delegated: bool
    begins: int
    ends: int | None


proposed_grants = st.builds(
    ProposedGrant,
    held=HELD,
    limited_to=st.sampled_from([None, None, "project", "empty_project", "both"]),
    by_team=st.booleans(),
    delegated=st.booleans(),
    begins=st.sampled_from([-1, -1, 1]),
    ends=st.sampled_from([None, 2]),
)
scopes = st.none() | st.lists(
    st.sampled_from([permission.name for permission in declared()]), min_size=1, unique=True
)


def _scope_of(permission: Permission, number: int) -> str | None:
    possible = [each for each in permission.scopes if each is not Scope.GLOBAL]
    return str(possible[number % len(possible)]) if possible else None


def give(fixture: Fixture, una: User, number: int, proposed: ProposedGrant) -> None:
    """Make the role and the grant; delegations by hand, as few roles can be passed on."""
    scoped = {name: _scope_of(get(name), chosen) for name, chosen in proposed.held.items()}
    permissions = {name: scope for name, scope in scoped.items() if scope is not None}
    role = create_role(name=f"Role {number}", permissions=permissions, actor=ACTOR)
    projects = {
        "project": {fixture.project.pk},
        "empty_project": {fixture.empty_project.pk},
        "both": {fixture.project.pk, fixture.empty_project.pk},
    }
    now = timezone.now()
    grant_role(
        fixture.team if proposed.by_team else una,
        role,
        limits=Limits(frozenset(projects[proposed.limited_to]) if proposed.limited_to else None),
        period=Period(
            now + timedelta(hours=proposed.begins),
            None
            if proposed.ends is None
            else now + timedelta(hours=proposed.begins + proposed.ends),
        ),
        actor=ACTOR,
    )


# --- The API calls --------------------------------------------------------------------------
@dataclass(frozen=True)
class ApiCall:
    """One request, and what it is about.

    Attributes:
        operation: ``METHOD template``.
        required_roles: the permissions that it takes, on the object where there is one.
        resource, about: the object, if it is one that can be asked about.
        tries: the requests by which it can be done at all; one that succeeds is enough.
    """

    operation: str
    required_roles: tuple[Permission, ...]
    about: Callable[[Fixture], Model] | None
    tries: Callable[[Fixture], list[dict[str, Any]]]


def _as_sampled(_: Fixture) -> list[dict[str, Any]]:
    return [{}]


CREATES_BLUEPRINT = "POST /api/v1/blueprints/"
# A mapping that has a provider write users takes the rights to write them.
_NO_WRITES = {"creates_users": False, "updates_users": False}
# Where the body decides whether there is a further question, the one without.
BODIES: dict[str, Callable[[Fixture], list[dict[str, Any]]]] = {
    "POST /api/v1/users/": lambda _: [{"content": {"username": "newcomer"}}],
    "POST /api/v1/service-accounts/": lambda _: [{"content": {"username": "newcomer"}}],
    CREATES_BLUEPRINT: lambda fixture: [
        {"content": {"project": str(each.pk), "name": "Another", "document": document()}}
        for each in (fixture.project, fixture.empty_project)
    ],
    "POST /api/v1/sso/provider-mappings/": lambda fixture: [
        {
            "content": {
                "provider_kind": "saml",
                "provider_id": str(fixture.more["unmapped_provider"].pk),
                **_NO_WRITES,
            }
        }
    ],
    "PATCH /api/v1/sso/provider-mappings/{pk}/": lambda _: [{"content": _NO_WRITES}],
    # About oneself it is for everybody; about others it needs the permission.
    "POST /api/v1/access/explain/": lambda fixture: [
        {"content": {"user": fixture.owner.username, "permission": "user.view"}}
    ],
}
# What the address names, by the name of its parameter.
NAMED: dict[str, Callable[[Fixture], Any]] = {
    "/api/v1/delegations/{pk}/": lambda fixture: fixture.delegation,
    "/api/v1/users/{pk}/": lambda fixture: fixture.owner,
    "/api/v1/users/{pk}/roles/": lambda fixture: fixture.owner,
    "/api/v1/users/{pk}/roles/{role}/": lambda fixture: fixture.owner,
    "/api/v1/teams/{pk}/": lambda fixture: fixture.team,
    "/api/v1/tokens/{pk}/": lambda fixture: fixture.token,
    "/api/v1/tokens/{pk}/rotate/": lambda fixture: fixture.account_token,
    "/api/v1/projects/{pk}/": lambda fixture: fixture.project,
    "/api/v1/blueprints/{pk}/": lambda fixture: fixture.blueprint,
}
# Open to whoever shows what stands in for credentials, or is signed in.
WITHOUT_PERMISSION = {"GET /api/v1/me/permissions/", "GET /api/v1/permissions/", "GET /api/v1/me/"}


# Without a mapping, whoever signs on becomes a user, and keeps their names up to date.
ALSO_NEEDED = {"DELETE /api/v1/sso/provider-mappings/{pk}/": (CREATE_USER, UPDATE_USER)}


def api_calls() -> Iterator[ApiCall]:
    """Every request of the API that a tenant's people can be allowed."""
    for route in routes():
        for method, action in route.actions.items():
            operation = f"{method} {route.template}"
            sample = SAMPLES[operation]
            if sample.public or sample.operator or operation in WITHOUT_PERMISSION:
                continue
            permission = route.view.action_permissions[action]
            tries = BODIES.get(operation, _as_sampled)
            yield ApiCall(operation, _needed(operation, permission), _about(operation), tries)


def _needed(operation: str, permission: Permission) -> tuple[Permission, ...]:
    """With what reading the object takes, where the address names one."""
    also = ALSO_NEEDED.get(operation, ())
    if not route_of(operation).parameters:
        return (permission, *also)
    view = route_of(operation).view
    reads = view.action_permissions.get("retrieve") or RolePolicy.view_permission(
        permission.resource
    )
    return (permission, reads, *also)


def _about(operation: str) -> Callable[[Fixture], Model] | None:
    template = operation.partition(" ")[2]
    if operation.startswith("DELETE /api/v1/projects/"):
        return lambda fixture: fixture.empty_project
    if template.startswith("/api/v1/blueprints/{blueprint}/"):
        return lambda fixture: fixture.blueprint
    return NAMED.get(template)


def happens(client: ApiClient, api_call: ApiCall, fixture: Fixture) -> bool:
    """Whether the request is let through: done, or refused for another reason than rights."""
    return any(_passes(client, api_call, fixture, each) for each in api_call.tries(fixture))


def _passes(
    client: ApiClient, api_call: ApiCall, fixture: Fixture, request: dict[str, Any]
) -> bool:
    sample = SAMPLES[api_call.operation]
    with transaction.atomic():
        answer = send(client, api_call.operation, sample, fixture, headers=ANY_REVISION, **request)
        if answer.streaming:
            list(answer.streaming_content)
        transaction.set_rollback(True)
    assert answer.status_code < 500, (api_call.operation, answer.content)
    assert answer.status_code != 401, api_call.operation
    refused = answer.status_code in (403, 404)
    # Roles that allow more than una holds are another question, asked after this one.
    return not refused or answer.json()["code"] in AFTERWARDS


AFTERWARDS = {"cannot-grant", "cannot-delegate"}


# --- The comparison ---------------------------------------------------------------------
def compare(tenant: Tenant, fixture: Fixture, una: User, narrowed: list[str] | None) -> None:
    """Hold all that is said of una to what happens."""
    with tenant_scope(tenant):
        _, secret = create_token(una, name="t", scopes=narrowed, actor=ACTOR)
    client = ApiClient(tenant, user=una, token=secret)
    mine = {each["permission"] for each in _my_permissions(client)}
    for permission in declared():
        with tenant_scope(tenant):
            through, herself = _through(secret), user_named("una")[0]
            said = _says(through, permission)
            assert said == (permission.name in mine), permission
            holds = _says(herself, permission)
            assert holds == who_can(asked(permission)).filter(pk=una.pk).exists(), permission
            assert holds == (permission in [each.permission for each in holdings_of(herself).held])
    for api_call in api_calls():
        with tenant_scope(tenant):
            obj = _fresh(api_call.about(fixture)) if api_call.about else None
            through = _through(secret)
            said = (
                _says_of_creating(through, fixture)
                if api_call.operation == CREATES_BLUEPRINT
                else all(_says(through, permission, obj) for permission in api_call.required_roles)
            )
            if narrowed is None and obj is not None:
                listed = who_can(asked(api_call.required_roles[0], obj)).filter(pk=una.pk).exists()
                assert listed == _says(through, api_call.required_roles[0], obj), api_call.operation
        assert happens(client, api_call, fixture) == said, (
            api_call.operation,
            api_call.required_roles,
        )
    with tenant_scope(tenant):
        enters = _says(user_named("una")[0], USE_ADMIN)
    assert (AdminClient(tenant, una).get("/admin/").status_code == 200) == enters


def _my_permissions(client: ApiClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/me/permissions/").json()["permissions"]
    return found


def _through(secret: str) -> User:
    token = token_by_digest(digest(secret))
    assert token is not None
    user: User = token.user
    return user


def _fresh(obj: Model) -> Model:
    found: Model = type(obj)._default_manager.get(pk=obj.pk)  # noqa: SLF001  # Django's documented API
    return found


def _says(user: User, permission: Permission, obj: Model | None = None) -> bool:
    return explain(user, permission, obj, acts=True, reader=user).allowed


def _says_of_creating(user: User, fixture: Fixture) -> bool:
    """Whether a blueprint of theirs may lie in one of the projects that it is tried in."""
    return any(
        _says(user, get("project.view"), project)
        and _says(user, get("blueprint.create"), Blueprint(project=project, created_by=user))
        for project in Project.objects.filter(pk__in=[fixture.project.pk, fixture.empty_project.pk])
    )


@pytest.fixture
def fixture(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> Fixture:
    """What the calls are tried on."""
    # One person is denied more here than the log would tell singly (test_denials).
    monkeypatch.setattr(denials, "MOST_KINDS", 10_000)
    with tenant_scope(acme):
        owner = create_user(username="owner", roles=["system-engineer"], actor=ACTOR)
    fixture = make_fixture(acme, owner)
    with tenant_scope(acme), entitled(owner):
        fixture.more.update(make(fixture))
    return fixture


@settings(
    max_examples=examples("of grants that are held to calls of the API", full=6, few=2),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    gives=st.lists(proposed_grants, min_size=1, max_size=3),
    joins=st.booleans(),
    shared=st.booleans(),
    owns=st.booleans(),
    narrowed=scopes,
)
def test_what_is_said_is_what_happens(
    acme: Tenant,
    fixture: Fixture,
    gives: list[ProposedGrant],
    joins: bool,  # drawn
    shared: bool,  # drawn
    owns: bool,  # drawn
    narrowed: list[str] | None,
) -> None:
    with transaction.atomic():
        with tenant_scope(acme):
            una = create_user(username="una", actor=ACTOR)
            if joins:
                add_member(fixture.team, una, actor=ACTOR)
            _place(fixture, una, shared=shared, owns=owns)
            for number, proposed in enumerate(gives):
                give(fixture, una, number, proposed)
            _pass_on(fixture, una, gives)
        compare(acme, fixture, una, narrowed)
        transaction.set_rollback(True)


def _place(fixture: Fixture, una: User, *, shared: bool, owns: bool) -> None:
    """Give what is tried to una, or to her team."""
    changes = {
        **({"team": fixture.team} if shared else {}),
        **({"created_by": una} if owns else {}),
    }
    if changes:
        for project in (fixture.project, fixture.empty_project):
            type(project).objects.filter(pk=project.pk).update(**changes)
    if owns:
        type(fixture.blueprint).objects.filter(pk=fixture.blueprint.pk).update(created_by=una)


def _pass_on(fixture: Fixture, una: User, gives: list[ProposedGrant]) -> None:
    """Note the owner as giver, by hand: few roles could be passed on, and hardly by them."""
    for number, proposed in enumerate(gives):
        if proposed.delegated and not proposed.by_team:
            RoleGrant.objects.filter(user=una, role__name=f"Role {number}").update(
                delegated_by=fixture.owner
            )
    AccessStamp.objects.update(stamp=uuid4())


# --- The attack -------------------------------------------------------------------------
def test_a_grant_for_one_project_starts_none_and_nobody_says_it_does(
    acme: Tenant, fixture: Fixture
) -> None:
    with tenant_scope(acme):
        una = create_user(username="una", actor=ACTOR)
        only = Limits(projects=frozenset({fixture.project.pk}))
        grant_role(una, find_role("solution-architect"), limits=only, actor=ACTOR)
        _, secret = create_token(una, name="t", actor=ACTOR)
        create = get("project.create")
        found = user_named("una")[0]
        assert not _says(found, create)
        assert not who_can(asked(create)).filter(pk=una.pk).exists()
        assert _says(found, get("blueprint.create"))
    client = ApiClient(acme, user=una, token=secret)
    assert "project.create" not in {each["permission"] for each in _my_permissions(client)}
    answer = client.post("/api/v1/projects/", {"name": "New"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission-denied")
    with tenant_scope(acme):
        grant_role(una, find_role("solution-architect"), actor=ACTOR)
        assert _says(user_named("una")[0], create)
    assert client.post("/api/v1/projects/", {"name": "New"}).status_code == 201


def test_every_permission_has_an_action_or_is_the_operators() -> None:
    tried = {permission for api_call in api_calls() for permission in api_call.required_roles}
    operators = {each for each in declared() if each.scopes == (Scope.GLOBAL,)}
    assert {*declared()} - tried - operators == {USE_ADMIN}


def test_what_is_made_lies_in_nothing_that_it_makes() -> None:
    """A grant for some projects starts none: of what creates a boundary it is no limit."""
    for permission in declared():
        model = models_by_resource().get(permission.resource)
        path = getattr(model, "project_path", "")
        if permission.action == "create" and path in ("id", "pk"):
            assert LimitKind.PROJECT not in permission.limitable_by
