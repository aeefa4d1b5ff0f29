"""One person for each role of a tenant, with a client of the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iac_platform.common.audit import SystemActor
from rbac.models import ApiToken
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.api.fixtures import Fixture, entitled, make_fixture
from tests.api.resources import make
from tests.api.rights import ANONYMOUS, NOBODY
from tests.api_client import ApiClient

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant

_ACTOR = SystemActor("tests")
_LATER = datetime(2100, 1, 1, tzinfo=UTC)


class People:
    """The people of one tenant, made when they are first asked for.

    Unlike the fixtures, it keeps what it has made for as long as the caller wants.
    """

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self._users: dict[str, User] = {}
        self._clients: dict[str, ApiClient] = {}
        self._fixtures: dict[str, Fixture] = {}

    def user(self, role: str, name: str = "") -> User:
        """The user who holds one role, or none at all."""
        name = name or f"the-{role}"
        if name not in self._users:
            roles = [] if role == NOBODY else [role]
            with tenant_scope(self.tenant):
                self._users[name] = create_user(
                    username=name, email=f"{name}@example.com", roles=roles, actor=_ACTOR
                )
        return self._users[name]

    def client(self, role: str, name: str = "") -> ApiClient:
        """The user's client, at the tenant's host."""
        key = name or role
        if key not in self._clients:
            if role == ANONYMOUS:
                self._clients[key] = ApiClient(self.tenant)
            else:
                user = self.user(role, name)
                with tenant_scope(self.tenant):
                    row, token = create_token(user, name="tests", actor=_ACTOR)
                    # As if its use had been noted, so that reading changes nothing at all.
                    ApiToken.objects.filter(pk=row.pk).update(last_used_at=_LATER)
                self._clients[key] = ApiClient(self.tenant, user=user, token=token)
        return self._clients[key]

    def fixture(self, role: str, *, own: bool) -> Fixture:
        """What a role is tried on: somebody else's objects, or its user's own."""
        if own and role != ANONYMOUS:
            owner = self.user(role)
        else:
            owner = self.user("system-engineer", f"owner-at-{self.tenant.slug}")
        if owner.username not in self._fixtures:
            fixture = make_fixture(self.tenant, owner)
            with tenant_scope(self.tenant), entitled(owner):
                fixture.more.update(make(fixture))
            self._fixtures[owner.username] = fixture
        return self._fixtures[owner.username]
