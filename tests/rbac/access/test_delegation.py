"""Passing on what one holds: for a while, once, and no longer than one holds it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from iac_platform.common.errors import NotPermitted
from iac_platform.common.permissions import get
from rbac.access.holdings import Period
from rbac.errors import CannotDelegate
from rbac.models import RoleGrant, User
from rbac.policy import check
from rbac.services.grants import delegate_role, grant_role, revoke_role
from rbac.services.roles import find_role
from rbac.services.users import create_user, update_user
from tests.conftest import ACTOR
from tests.rbac.access.actors import Actors, again, for_a_day, refused

if TYPE_CHECKING:
    Reach = dict[int, set[Any]]


@pytest.fixture
def giver(actors: Actors) -> User:
    """Somebody who may pass on, and holds the role that ``passed`` is of."""
    grant_role(actors.una, actors.role(role__delegate="own"), actor=ACTOR)
    return again(actors.una)


def test_what_is_passed_on_ends_with_what_the_giver_holds(actors: Actors, giver: User) -> None:
    role = find_role("system-engineer")
    reader = get("blueprint.update")
    delegate_role(actors.ben, role, actor=giver, period=for_a_day())
    assert check(again(actors.ben), reader)
    revoke_role(actors.una, role, actor=actors.admin)
    assert not check(again(actors.ben), reader)
    assert not RoleGrant.objects.filter(delegated_by=actors.una).exists()


def test_what_is_passed_on_ends_when_the_giver_is_deactivated(actors: Actors, giver: User) -> None:
    delegate_role(actors.ben, find_role("viewer"), actor=giver, period=for_a_day())
    assert check(again(actors.ben), get("project.view"))
    update_user(actors.una, changes={"is_active": False}, actor=actors.admin)
    assert not check(again(actors.ben), get("project.view"))
    # And does not come back with them.
    update_user(actors.una, changes={"is_active": True}, actor=actors.admin)
    assert not check(again(actors.ben), get("project.view"))


def test_what_was_passed_on_to_one_is_not_passed_on_again(actors: Actors, giver: User) -> None:
    delegate_role(actors.ben, find_role("viewer"), actor=giver, period=for_a_day())
    grant_role(actors.ben, actors.role(role__delegate="own", user__view="own"), actor=ACTOR)
    carl = create_user(username="carl", actor=ACTOR)
    ben = again(actors.ben)
    refused(lambda: delegate_role(carl, find_role("viewer"), actor=ben, period=for_a_day()))
    grant_role(actors.ben, find_role("viewer"), actor=ACTOR)
    delegate_role(carl, find_role("viewer"), actor=again(ben), period=for_a_day())


def test_passing_on_has_its_limits(actors: Actors, giver: User) -> None:
    viewer = find_role("viewer")

    def pass_on(to: User, role: Any, period: Period, by: User = giver) -> None:
        delegate_role(to, role, actor=by, period=period)

    too_long = Period(expires_at=timezone.now() + timedelta(days=91))
    refused(lambda: pass_on(actors.ben, viewer, Period()), CannotDelegate)
    refused(lambda: pass_on(actors.ben, viewer, too_long), CannotDelegate)
    refused(lambda: pass_on(actors.una, viewer, for_a_day()), CannotDelegate)
    # The roles of people stay with whom they are granted to.
    keeps = actors.role(user__update="tenant")
    grant_role(actors.una, keeps, actor=ACTOR)
    refused(lambda: pass_on(actors.ben, keeps, for_a_day(), again(giver)), CannotDelegate)
    # More than one holds; and by somebody who may not pass on at all.
    refused(lambda: pass_on(actors.ben, find_role("solution-architect"), for_a_day()))
    grant_role(actors.ben, viewer, actor=ACTOR)
    by_ben = again(actors.ben)
    refused(lambda: pass_on(actors.una, viewer, for_a_day(), by_ben), NotPermitted)
    pass_on(actors.ben, find_role("system-engineer"), for_a_day())
    assert check(again(actors.ben), get("blueprint.update"))
