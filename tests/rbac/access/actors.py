"""Somebody who holds some, somebody who holds nothing, and an admin; and what a refusal leaves."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.utils import timezone

from blueprints.catalog.models import Project
from rbac.access.holdings import Period
from rbac.errors import CannotGrant
from rbac.models import Role, RoleGrant, Team, TeamMember, User
from rbac.selectors import user_by_id
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iac_platform.common.errors import DomainError

    Reach = dict[int, set[Any]]


# What changing access needs: whoever holds it gives and takes what they hold besides.
MANAGES = {
    "role.create": "tenant",
    "role.delete": "tenant",
    "role.grant": "tenant",
    "role.update": "tenant",
    "team.create": "tenant",
    "team.delete": "tenant",
    "team.update": "tenant",
    "user.update": "tenant",
}


def make_manager(user: User) -> None:
    """Let a user change access, as far as what they hold besides reaches."""
    role = Role.objects.filter(name="Manages access").first()
    role = role or create_role(name="Manages access", permissions=MANAGES, actor=ACTOR)
    grant_role(user, role, actor=ACTOR)
    user.__dict__.pop("access", None)


class Actors:
    """An admin, and una, who holds the role Engineer for all projects, in the team Builders.

    She and ben may change access; ben holds nothing else.
    """

    def __init__(self, admin: User) -> None:
        self.admin = admin
        self.una = create_user(username="una", roles=["system-engineer"], actor=ACTOR)
        self.ben = create_user(username="ben", actor=ACTOR)
        for each in (self.una, self.ben):
            make_manager(each)
        self.builders = create_team(name="Builders", actor=ACTOR)
        add_member(self.builders, self.una, actor=ACTOR)
        self.others = create_team(name="Others", actor=ACTOR)
        self.projects = [Project.objects.create(name=name) for name in ("Mine", "Other")]

    def role(self, **permissions: str) -> Any:
        """A role with these permissions; ``__`` stands for the dot."""
        named = {name.replace("__", "."): scope for name, scope in permissions.items()}
        return create_role(name=f"Role {'-'.join(named)}", permissions=named, actor=ACTOR)


def again(user: User) -> User:
    found = user_by_id(user.pk)
    assert found is not None
    return found


def refused(action: Callable[[], Any], error: type[DomainError] = CannotGrant) -> None:
    """It is refused, and nobody has another role, team or permission than before."""
    before = _rights()
    with pytest.raises(error), transaction.atomic():
        action()
    assert _rights() == before


def _rights() -> list[Any]:
    """Every grant and membership, and what each of the people holds by them."""
    people = User.objects.filter(is_active=True)
    return [
        list(RoleGrant.objects.order_by("id").values_list()),
        list(TeamMember.objects.order_by("id").values_list()),
        list(Team.objects.order_by("id").values_list("id", "ancestors")),
        {user.pk: again(user).access.entitlements for user in people},
    ]


def for_a_day() -> Period:
    return Period(expires_at=timezone.now() + timedelta(days=1))


@contextmanager
def at(hours: float) -> Iterator[None]:
    moment = timezone.now() + timedelta(hours=hours)
    with patch("rbac.access.holdings.timezone.now", lambda: moment):
        yield


def teams_named(*names: str) -> list[Team]:
    return [create_team(name=name, actor=ACTOR) for name in names]
