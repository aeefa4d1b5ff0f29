"""People of a tenant who may see less of its projects than others, in one way each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from rbac.access.holdings import Limits
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.teams import add_member, create_team
from rbac.services.tokens import create_token
from tenants.context import tenant_scope
from tests.api.response_cache.reader import PROJECTS, create
from tests.api.rights import NOBODY
from tests.api_client import ApiClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from rbac.models import User
    from tenants.models import Tenant
    from tests.api.people import People

_VIEWS = {"project.view": "tenant", "component_type.view": "tenant"}


def client_of(tenant: Tenant, user: User, **limits: Any) -> ApiClient:
    """A client with a token of the user's, within limits."""
    with tenant_scope(tenant):
        _, token = create_token(user, name="of the test", actor=ACTOR, **limits)
    return ApiClient(tenant, user=user, token=token)


def _holding(tenant: Tenant, people: People, name: str, scope: str) -> User:
    """Somebody who sees projects in a scope, by a role of the tenant's own."""
    user = people.user(NOBODY, name)
    with tenant_scope(tenant):
        permissions = _VIEWS | {"project.view": scope}
        role = create_role(name=f"Role of {name}", permissions=permissions, actor=ACTOR)
        grant_role(user, role, actor=ACTOR)
    return user


def own_projects(tenant: Tenant, people: People, name: str) -> ApiClient:
    """Somebody who sees their own, and has none."""
    return client_of(tenant, _holding(tenant, people, name, "own"))


def _of_another_team(tenant: Tenant, people: People, name: str) -> ApiClient:
    user = _holding(tenant, people, name, "team")
    with tenant_scope(tenant):
        add_member(create_team(name=f"Team of {name}", actor=ACTOR), user, actor=ACTOR)
    return client_of(tenant, user)


def _in_another_project(tenant: Tenant, people: People, name: str) -> ApiClient:
    user = people.user(NOBODY, name)
    admin = people.client("admin")
    other = admin.get(f"{PROJECTS}?search=Other").json()["results"] or [
        create(admin, PROJECTS, name="Other")
    ]
    limits = Limits(projects=frozenset({UUID(other[0]["id"])}))
    with tenant_scope(tenant):
        grant_role(user, find_role("viewer"), limits=limits, actor=ACTOR)
    return client_of(tenant, user)


def _with_a_limited_token(tenant: Tenant, people: People, name: str) -> ApiClient:
    return client_of(tenant, people.user("viewer", name), scopes=["component_type.*"])


# Who may see less than the admin, and the names that they see in the list of projects.
LESS: dict[str, tuple[Callable[[Tenant, People, str], ApiClient], list[str] | None]] = {
    "own projects": (own_projects, []),
    "those of another team": (_of_another_team, []),
    "another project": (_in_another_project, ["Other"]),
    "a token for something else": (_with_a_limited_token, None),
}
