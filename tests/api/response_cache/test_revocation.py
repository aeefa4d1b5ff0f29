"""Whatever takes a right away counts with the next request, whatever has been kept before.

Services and rows changed by hand alike: nothing has to tell the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain, repeat
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.utils import timezone

from iac_platform.cache import responses
from rbac.models import AccessStamp, ApiToken, RoleGrant, User
from rbac.services.grants import grant_role, revoke_role
from rbac.services.roles import create_role, delete_role, find_role, update_role
from rbac.services.teams import add_member, create_team, remove_member
from rbac.services.tokens import revoke_token
from rbac.services.users import update_user
from tenants.context import tenant_scope
from tenants.lifecycle.services import request_deletion, switch
from tenants.models import Domain, ServicePlan, Tenant, TenantStatus
from tests.api.response_cache.reader import PROJECTS, read, warm
from tests.conftest import ACTOR
from tests.throwaway import platform

if TYPE_CHECKING:
    from tests.api_client import ApiClient
    from tests.conftest import Api


class Reader(NamedTuple):
    """Somebody with a cached response."""

    tenant: Tenant
    client: ApiClient

    @property
    def user(self) -> User:
        """Who asks."""
        assert self.client.user is not None
        user: User = User.objects.get(pk=self.client.user.pk)
        return user

    @property
    def token(self) -> ApiToken:
        """What they show."""
        return ApiToken.objects.get(user=self.user)


Change = Callable[[Reader], object]


def _token(**columns: Any) -> Change:
    return lambda reader: ApiToken.objects.filter(pk=reader.token.pk).update(**columns)


def _in(delta: timedelta) -> datetime:
    return timezone.now() + delta


def _deactivate(reader: Reader) -> None:
    changes = {"is_active": False}
    update_user(reader.user, actor=ACTOR, changes=changes, revision=reader.user.revision)


BY_THE_TENANT: dict[str, tuple[Change, int]] = {
    "token revoked": (lambda reader: revoke_token(reader.token, actor=ACTOR), 401),
    "row of the token revoked": (_token(revoked_at=_in(timedelta(0))), 401),
    "row of the token expired": (_token(expires_at=_in(-timedelta(days=1))), 401),
    "row of the token for other networks": (_token(networks=["203.0.113.0/24"]), 401),
    "row of the token for something else": (_token(scopes=["team.view"]), 403),
    "row of the token deleted": (lambda reader: reader.token.delete(), 401),
    "user deactivated": (_deactivate, 401),
    "row of the user inactive": (lambda _: User.objects.update(is_active=False), 401),
    "role revoked": (
        lambda reader: revoke_role(reader.user, find_role("viewer"), actor=ACTOR),
        403,
    ),
}
BY_THE_OPERATOR: dict[str, tuple[Callable[[Tenant], object], int]] = {
    "suspended": (lambda tenant: switch(tenant, TenantStatus.SUSPENDED, actor=ACTOR), 403),
    "to be deleted": (lambda tenant: request_deletion(tenant, actor=ACTOR), 403),
    "without its host": (
        lambda tenant: Domain.objects.filter(tenant=tenant).update(verified_at=None),
        404,
    ),
}


@pytest.fixture
def reader(home: Tenant, project: str, api: Api) -> Reader:
    """A viewer with a kept list of one project."""
    del project
    viewer = api(home, "viewer")
    warm(viewer, PROJECTS)
    return Reader(home, viewer)


@pytest.mark.parametrize("name", BY_THE_TENANT)
def test_what_the_tenant_takes_away_is_refused(reader: Reader, name: str) -> None:
    change, status = BY_THE_TENANT[name]
    with tenant_scope(reader.tenant):
        change(reader)
    answer = read(reader.client, PROJECTS)
    assert (answer.was_cached, answer.response.status_code) == (False, status)


@pytest.mark.parametrize("name", BY_THE_OPERATOR)
def test_what_the_operator_takes_away_is_refused(reader: Reader, name: str) -> None:
    change, status = BY_THE_OPERATOR[name]
    with tenant_scope(platform()):
        change(Tenant.objects.select_related("placement").get(pk=reader.tenant.pk))
    answer = read(reader.client, PROJECTS)
    assert (answer.was_cached, answer.response.status_code) == (False, status)


def test_a_role_that_allows_less_and_one_that_is_gone(home: Tenant, project: str, api: Api) -> None:
    del project
    client = api(home, "consultant")
    with tenant_scope(home):
        user = User.objects.get(pk=client.user.pk)  # type: ignore[union-attr]  # it has one
        role = create_role(name="Reader", permissions={"project.view": "tenant"}, actor=ACTOR)
        revoke_role(user, find_role("consultant"), actor=ACTOR)
        grant_role(user, role, actor=ACTOR)
    assert len(warm(client, PROJECTS).json()["results"]) == 1
    with tenant_scope(home):
        changes = {"permissions": {"project.view": "own"}}
        role = update_role(role, actor=ACTOR, changes=changes, revision=role.revision)
    assert read(client, PROJECTS).response.json()["results"] == []
    warm(client, PROJECTS)
    with tenant_scope(home):
        revoke_role(user, role, actor=ACTOR)
        delete_role(role, actor=ACTOR)
    assert read(client, PROJECTS).response.status_code == 403


def test_leaving_a_team_takes_its_role_away(home: Tenant, project: str, api: Api) -> None:
    del project
    client = api(home, "viewer")
    with tenant_scope(home):
        user = User.objects.get(pk=client.user.pk)  # type: ignore[union-attr]  # it has one
        team = create_team(name="Shop", actor=ACTOR)
        grant_role(team, find_role("viewer"), actor=ACTOR)
        add_member(team, user, actor=ACTOR)
        revoke_role(user, find_role("viewer"), actor=ACTOR)
    warm(client, PROJECTS)
    with tenant_scope(home):
        remove_member(team, user, actor=ACTOR)
    assert read(client, PROJECTS).response.status_code == 403


def test_another_plan_has_other_quotas(reader: Reader) -> None:
    with tenant_scope(platform()):
        tenant = Tenant.objects.filter(pk=reader.tenant.pk)
        other = ServicePlan.objects.exclude(pk=tenant.get().plan_id).first()
        tenant.update(plan=other)
    assert not read(reader.client, PROJECTS).was_cached


@pytest.mark.parametrize("ending", ["token", "grant"])
def test_an_answer_is_kept_no_longer_than_a_right_lasts(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    kept: list[float] = []
    monkeypatch.setattr(responses, "store", lambda *_, ttl, **__: kept.append(ttl))
    with tenant_scope(reader.tenant):
        ends = {"expires_at": _in(timedelta(seconds=20))}
        if ending == "token":
            ApiToken.objects.filter(pk=reader.token.pk).update(**ends)
        else:
            RoleGrant.objects.filter(user=reader.user).update(**ends)
            AccessStamp.objects.all().delete()  # as if by the service
    assert read(reader.client, PROJECTS).response.status_code == 200
    assert len(kept) == 1
    assert 10 < kept[0] < 20


def test_an_answer_during_which_rights_changed_is_not_kept(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been made from both, and would be kept for those who have the later ones."""
    with tenant_scope(reader.tenant):
        other = create_role(name="Other", permissions={"team.view": "tenant"}, actor=ACTOR)
        grant = grant_role(reader.user, other, actor=ACTOR)
        RoleGrant.objects.filter(pk=grant.pk).update(starts_at=_in(-timedelta(minutes=30)))
        AccessStamp.objects.all().delete()  # as if by the service
    with monkeypatch.context() as patch:
        began = chain([_in(-timedelta(hours=1))], repeat(timezone.now()))
        clock = SimpleNamespace(now=lambda: next(began))
        patch.setattr("iac_platform.gateway.response_cache.timezone", clock)
        assert read(reader.client, PROJECTS).response.status_code == 200
    assert not read(reader.client, PROJECTS).was_cached
    assert read(reader.client, PROJECTS).was_cached


def test_at_the_very_end_of_a_right_nothing_is_kept(reader: Reader) -> None:
    with tenant_scope(reader.tenant):
        _token(expires_at=_in(timedelta(seconds=0.9)))(reader)
    assert [read(reader.client, PROJECTS).was_cached for _ in range(3)] == [False] * 3
