"""Two who each end one of the last two admins at the same moment, by whatever paths.

One admin has the role themselves, the other by a team that is part of another, which has it.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from django.utils import timezone

from rbac.access.holdings import Period
from rbac.errors import LastAdmin
from rbac.models import RoleGrant
from rbac.services.access import has_admin
from rbac.services.grants import grant_role, revoke_grant, revoke_role
from rbac.services.roles import find_role
from rbac.services.teams import add_member, create_team, remove_member, update_team
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants


class Admins:
    """One admin directly, one by way of a team."""

    def __init__(self) -> None:
        self.whole = create_team(name="Whole", actor=ACTOR)
        self.part = create_team(name="Part", parent=self.whole, actor=ACTOR)
        self.direct = create_user(username="direct", roles=["admin"], actor=ACTOR)
        self.by_team = create_user(username="by-team", actor=ACTOR)
        add_member(self.part, self.by_team, actor=ACTOR)
        grant_role(self.whole, find_role("admin"), actor=ACTOR)


def _for_a_day() -> Period:
    return Period(expires_at=timezone.now() + timedelta(days=1))


DIRECT: dict[str, Callable[[Admins], Any]] = {
    "revoked": lambda it: revoke_role(it.direct, find_role("admin"), actor=ACTOR),
    "dated": lambda it: grant_role(it.direct, find_role("admin"), period=_for_a_day(), actor=ACTOR),
    "deactivated": lambda it: update_user(it.direct, changes={"is_active": False}, actor=ACTOR),
    "begun later": lambda it: grant_role(
        it.direct,
        find_role("admin"),
        period=Period(starts_at=timezone.now() + timedelta(days=1)),
        actor=ACTOR,
    ),
}
BY_TEAM: dict[str, Callable[[Admins], Any]] = {
    "removed": lambda it: remove_member(it.part, it.by_team, actor=ACTOR),
    "team moved": lambda it: update_team(it.part, changes={"parent": None}, actor=ACTOR),
    "team's grant revoked": lambda it: revoke_grant(
        RoleGrant.objects.get(team=it.whole), actor=ACTOR
    ),
    "deactivated": lambda it: update_user(it.by_team, changes={"is_active": False}, actor=ACTOR),
}


@pytest.mark.parametrize(
    ("tier", "first", "second"),
    [
        (tier, first, second)
        for number, first in enumerate(DIRECT)
        for tier, second in zip(
            (Tier.STANDARD, Tier.ENTERPRISE),
            (list(BY_TEAM)[number], list(BY_TEAM)[number - 1]),
            strict=True,
        )
    ],
)
def test_of_two_who_end_the_last_two_admins_at_once_one_is_refused(
    committed_tenants: ThrowawayTenants, tier: str, first: str, second: str
) -> None:
    tenant = committed_tenants(tier)
    with tenant_scope(tenant):
        admins = Admins()
    outcomes = at_once(tenant, lambda: DIRECT[first](admins), lambda: BY_TEAM[second](admins))
    assert sorted(outcomes) == ["done", "refused"]
    with tenant_scope(tenant):
        assert has_admin()


def at_once(tenant: Tenant, *actions: Callable[[], Any]) -> list[str]:
    """Do these at the same moment, each on a connection of its own."""
    ready, outcomes = threading.Barrier(len(actions)), []

    def run(action: Callable[[], Any]) -> None:
        try:
            with tenant_scope(tenant):
                ready.wait(timeout=30)
                action()
                outcomes.append("done")
        except LastAdmin:
            outcomes.append("refused")
        except Exception as failure:  # noqa: BLE001  # the test looks at it
            outcomes.append(repr(failure))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[action]) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
