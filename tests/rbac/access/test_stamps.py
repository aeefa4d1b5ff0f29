"""What is kept in the process is never used after a change: every change renews the stamp.

The tests that commit look at one tenant from two connections, as two workers do.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from iac_platform.common.permissions import get
from rbac.access.holdings import Period
from rbac.access.loading import access_cache
from rbac.models import AccessStamp, Role, RoleGrant, Team, User
from rbac.policy import check
from rbac.selectors import user_by_id
from rbac.services.grants import delegate_role, grant_role, revoke_grant, revoke_role
from rbac.services.roles import create_role, delete_role, find_role, update_role
from rbac.services.teams import add_member, create_team, delete_team, remove_member, update_team
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.admin_client import AdminClient
from tests.conftest import ACTOR, Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

BOTH_TIERS = pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.ENTERPRISE])
UPDATE = get("blueprint.update")


class Una:
    """A user with the role Viewer, who is read anew for each request."""

    def __init__(self) -> None:
        self.pk = create_user(username="una", roles=["viewer"], actor=ACTOR).pk

    def request(self) -> tuple[bool, int]:
        """Whether she may update blueprints, and how many statements it took to know."""
        with CaptureQueriesContext(connection) as caught:
            may = check(user_by_id(self.pk), UPDATE)
        # One reads the user, with the stamp.
        return may, len(caught) - 1

    def gets(self, key: str = "system-engineer") -> RoleGrant:
        """Grant her a role."""
        return grant_role(User.objects.get(pk=self.pk), find_role(key), actor=ACTOR)


def stamp() -> Any:
    return AccessStamp.objects.values_list("stamp", flat=True).get()


@pytest.mark.usefixtures("in_scope")
def test_what_is_held_is_read_once_for_each_change() -> None:
    una = Una()
    access_cache.clear()
    assert [una.request() for _ in range(3)] == [(False, 1), (False, 0), (False, 0)]
    grant = una.gets()
    assert [una.request() for _ in range(3)] == [(True, 1), (True, 0), (True, 0)]
    revoke_grant(grant, actor=ACTOR)
    assert [una.request() for _ in range(2)] == [(False, 1), (False, 0)]


def test_a_change_of_another_tenant_costs_nothing(acme: Tenant, globex: Tenant) -> None:
    with tenant_scope(acme):
        una = Una()
        assert una.request() == (False, 1)
    with tenant_scope(globex):
        create_team(name="New", actor=ACTOR)
    with tenant_scope(acme):
        assert una.request() == (False, 0)


def undone(una: Una) -> None:
    """Grant her a role, look at what she holds, and undo it."""
    with transaction.atomic():
        una.gets()
        assert una.request()[0]
        transaction.set_rollback(True)


@BOTH_TIERS
def test_what_is_read_in_a_change_that_is_undone_is_never_asked_again(
    committed_tenants: ThrowawayTenants, tier: str
) -> None:
    with tenant_scope(committed_tenants(tier)):
        una = Una()
        access_cache.clear()
        assert una.request() == (False, 1)
        undone(una)
        assert una.request() == (False, 0)
        # And with nothing kept from before: what the undone transaction left is for nobody.
        access_cache.clear()
        undone(una)
        assert una.request() == (False, 1)
        una.gets()
        assert una.request() == (True, 1)


@BOTH_TIERS
def test_what_is_read_between_the_steps_of_a_change_is_not_kept(
    committed_tenants: ThrowawayTenants, tier: str
) -> None:
    """One service may call others: each renews the stamp, and the last counts."""
    with tenant_scope(committed_tenants(tier)):
        una = Una()
        role = create_role(name="R", permissions={"blueprint.update": "tenant"}, actor=ACTOR)
        una.gets(role.key)
        with transaction.atomic():
            revoke_role(User.objects.get(pk=una.pk), role, actor=ACTOR)
            assert not una.request()[0]
            una.gets(role.key)
            assert una.request()[0]
            revoke_role(User.objects.get(pk=una.pk), role, actor=ACTOR)
        assert not una.request()[0]


@BOTH_TIERS
def test_a_request_that_began_before_a_change_keeps_nothing_for_those_after_it(
    committed_tenants: ThrowawayTenants, tier: str
) -> None:
    """Its user, and the stamp, were read before; what the user holds, after."""
    tenant = committed_tenants(tier)
    with tenant_scope(tenant):
        una = Una()
        access_cache.clear()
        reader = user_by_id(una.pk)
        assert reader is not None
        elsewhere(tenant, una.gets)
        assert check(reader, UPDATE), "it is allowed by now"
        assert access_cache.get((tenant.pk, una.pk, reader.access_stamp)) is None  # type: ignore[arg-type]  # it has one
        assert una.request() == (True, 1)


@BOTH_TIERS
def test_what_is_read_while_a_change_is_under_way_ends_with_it(
    committed_tenants: ThrowawayTenants, tier: str
) -> None:
    tenant = committed_tenants(tier)
    with tenant_scope(tenant):
        una = Una()
        una.gets()
        changed, seen = threading.Event(), threading.Event()

        def revoke() -> None:
            with transaction.atomic():
                user = User.objects.get(pk=una.pk)
                revoke_role(user, find_role("system-engineer"), actor=ACTOR)
                changed.set()
                assert seen.wait(timeout=30)

        access_cache.clear()
        with in_another_thread(tenant, revoke):
            assert changed.wait(timeout=30)
            # Not committed yet, so it still holds, and is kept.
            assert [una.request() for _ in range(2)] == [(True, 1), (True, 0)]
            seen.set()
        assert una.request() == (False, 1)


@contextmanager
def in_another_thread(tenant: Tenant, work: Callable[[], Any]) -> Iterator[None]:
    """Do something on a connection of its own; at the end of the block it is through."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with tenant_scope(tenant):
                work()
        except BaseException as failure:  # noqa: BLE001  # raised below
            failures.append(failure)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()
    assert failures == []


def elsewhere(tenant: Tenant, work: Callable[[], Any]) -> None:
    with in_another_thread(tenant, work):
        pass


# --- Every way of changing access --------------------------------------------------------
class Place:
    """What can be changed."""

    def __init__(self, una: Una) -> None:
        self.una = User.objects.get(pk=una.pk)
        self.ben = create_user(username="ben", actor=ACTOR)
        self.team = create_team(name="Team", actor=ACTOR)
        self.whole = create_team(name="Whole", actor=ACTOR)
        self.role = create_role(name="Role", actor=ACTOR)
        add_member(self.whole, self.una, actor=ACTOR)
        passes = create_role(name="P", permissions={"role.delegate": "own"}, actor=ACTOR)
        grant_role(self.una, passes, actor=ACTOR)

    @property
    def grant(self) -> RoleGrant:
        return RoleGrant.objects.get(user=self.una, role__key="viewer")


def _day() -> Period:
    return Period(expires_at=timezone.now() + timedelta(days=1))


def _viewer() -> Role:
    return find_role("viewer")


CHANGES: dict[str, Callable[[Place], Any]] = {
    "grant to a user": lambda it: grant_role(it.ben, _viewer(), actor=ACTOR),
    "grant to a team": lambda it: grant_role(it.team, _viewer(), actor=ACTOR),
    "another period": lambda it: grant_role(it.una, _viewer(), period=_day(), actor=ACTOR),
    "revoke a grant": lambda it: revoke_grant(it.grant, actor=ACTOR),
    "revoke a role": lambda it: revoke_role(it.una, _viewer(), actor=ACTOR),
    "delegate": lambda it: delegate_role(it.ben, _viewer(), actor=it.una, period=_day()),
    "make a role": lambda _: create_role(name="New", actor=ACTOR),
    "change a role": lambda it: update_role(
        it.role, changes={"permissions": {"blueprint.update": "own"}}, actor=ACTOR
    ),
    "inherit": lambda it: update_role(it.role, changes={"inherits": ["viewer"]}, actor=ACTOR),
    "remove a role": lambda it: delete_role(it.role, actor=ACTOR),
    "form a team": lambda _: create_team(name="New", actor=ACTOR),
    "move a team": lambda it: update_team(it.team, changes={"parent": it.whole}, actor=ACTOR),
    "dissolve a team": lambda it: delete_team(it.whole, actor=ACTOR),
    "join a team": lambda it: add_member(it.team, it.una, actor=ACTOR),
    "leave a team": lambda it: remove_member(it.whole, it.una, actor=ACTOR),
    "deactivate": lambda it: update_user(it.ben, changes={"is_active": False}, actor=ACTOR),
    "add a user with a role": lambda _: create_user(username="x", roles=["viewer"], actor=ACTOR),
}


@pytest.mark.usefixtures("in_scope")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_renews_the_stamp(change: Callable[[Place], Any]) -> None:
    place = Place(Una())
    before = stamp()
    with CaptureQueriesContext(connection) as caught:
        change(place)
    assert stamp() != before
    written = [table for each in caught if (table := _written(each["sql"])) in _TABLES]
    stamps = [number for number, table in enumerate(written) if table == "access_stamps"]
    assert written[0] == "access_stamps", "first of all, so that others wait"
    assert written[stamps[-1] :] == ["access_stamps"], "and after all that it is about"


_WRITE = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
_TABLES = {
    "access_stamps",
    "role_parents",
    "role_permissions",
    "team_members",
    "teams",
    "user_roles",
}


def _written(sql: str) -> str:
    """The table that a statement writes to; empty if it writes nothing."""
    found = _WRITE.match(sql)
    return found[1] if found else ""


# --- Open sessions -----------------------------------------------------------------------
@pytest.mark.parametrize("end", ["revoked", "left the team", "deactivated", "expired"])
def test_an_open_admin_session_ends_with_the_role(
    tenant: Tenant, person: Person, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    person(tenant, "admin")
    with tenant_scope(tenant):
        una = create_user(username="una", actor=ACTOR)
        team = create_team(name="Admins", actor=ACTOR)
        if end == "left the team":
            add_member(team, una, actor=ACTOR)
        grant_role(
            team if end == "left the team" else una,
            find_role("admin"),
            period=_day() if end == "expired" else Period(),
            actor=ACTOR,
        )
    session = AdminClient(tenant, una)
    assert [session.get("/admin/rbac/user/").status_code for _ in range(2)] == [200, 200]
    with tenant_scope(tenant):
        if end == "revoked":
            revoke_role(una, find_role("admin"), actor=ACTOR)
        elif end == "left the team":
            remove_member(Team.objects.get(), una, actor=ACTOR)
        elif end == "deactivated":
            update_user(una, changes={"is_active": False}, actor=ACTOR)
        else:
            later = timezone.now() + timedelta(days=2)
            monkeypatch.setattr("rbac.access.holdings.timezone.now", lambda: later)
    answer = session.get("/admin/rbac/user/")
    assert answer.status_code == 302
    assert "/login/" in answer.headers["Location"]
