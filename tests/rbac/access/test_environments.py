"""Rights for each environment: who may plan, and who may apply to production.

No app has environments yet, so here the teams of projects stand in for them: real rows at the end
of a real path, by which lists filter and checks compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from blueprints.catalog.models import Blueprint, Project
from iac_platform.common import permissions
from iac_platform.common.permissions import LimitKind, Permission, Scope, declare, get
from rbac.access.explaining import StepName
from rbac.access.holdings import Limits
from rbac.answers.explanations import explain
from rbac.answers.who_can import asked, who_can
from rbac.errors import CannotGrant, InvalidGrant
from rbac.grant_limits import GRANT_LIMITS, LimitLookup
from rbac.models import RoleGrant, Team, User
from rbac.policy import check
from rbac.selectors import user_by_id
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.teams import create_team
from rbac.services.users import create_user
from rbac.system_roles import effective
from tests.conftest import ACTOR
from tests.rbac.access.actors import make_manager

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID


def known_environments(ids: Iterable[UUID]) -> frozenset[UUID]:
    """What grants can be limited to while these tests run."""
    return frozenset(Team.objects.filter(pk__in=ids).values_list("pk", flat=True))


def named_environments(user: object, *, ids: Iterable[UUID] | None = None) -> dict[UUID, str]:
    del user
    teams = Team.objects.all() if ids is None else Team.objects.filter(pk__in=ids)
    return dict(teams.values_list("pk", "name"))


@pytest.fixture
def deploying(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Permission]]:
    """Permissions whose objects lie in projects and environments, for this test alone."""
    monkeypatch.setattr(permissions, "_registry", dict(permissions._registry))  # noqa: SLF001  # to put it back
    lookups = {
        **GRANT_LIMITS.all(),
        LimitKind.ENVIRONMENT: LimitLookup(known_environments, named_environments),
    }
    monkeypatch.setattr(Blueprint, "environment_path", "project__team_id", raising=False)
    declared = {
        action: declare(
            "blueprint",
            action,
            f"{action.capitalize()} what is designed",
            scopes=(Scope.OWN, Scope.TENANT),
            limitable_by=(LimitKind.PROJECT, LimitKind.ENVIRONMENT),
        )
        for action in ("plan", "apply")
    }
    caches = (permissions.catalogue, effective)
    for each in caches:
        each.cache_clear()
    with GRANT_LIMITS.overridden(lookups):
        yield declared
    for each in caches:
        each.cache_clear()


class Landscape:
    """Two shops, each with a blueprint for development and one for production."""

    def __init__(self) -> None:
        self.environments = {name: create_team(name=name, actor=ACTOR) for name in ("dev", "prod")}
        self.projects: dict[str, Project] = {}
        for shop in ("web", "app"):
            for name, environment in self.environments.items():
                project = Project.objects.create(name=f"{shop} {name}", team=environment)
                Blueprint.objects.create(project=project, name=f"{shop} {name}")
                self.projects[project.name] = project
        self.planner, self.applier = (
            create_role(name=action, permissions={f"blueprint.{action}": "tenant"}, actor=ACTOR)
            for action in ("plan", "apply")
        )
        self.una = create_user(username="una", actor=ACTOR)

    def limits(self, *environments: str, projects: Iterable[str] = ()) -> Limits:
        return Limits(
            projects=frozenset(self.projects[name].pk for name in projects) or None,
            environments=frozenset(self.environments[name].pk for name in environments) or None,
        )

    def may(self, permission: Permission) -> set[str]:
        """To what una may do it: by the list, one by one, and asked of each who may."""
        reader = user_by_id(self.una.pk)
        rows = list(Blueprint.objects.select_related("project"))
        listed = set(Blueprint.objects.permitted(reader, permission).values_list("name", flat=True))
        assert listed == {row.name for row in rows if check(reader, permission, row)}
        assert listed == {
            row.name
            for row in rows
            if who_can(asked(permission, row)).filter(pk=self.una.pk).exists()
        }
        return listed


@pytest.mark.usefixtures("in_scope")
def test_somebody_plans_everywhere_and_applies_to_development_alone(
    deploying: dict[str, Permission],
) -> None:
    land = Landscape()
    grant_role(land.una, land.planner, actor=ACTOR)
    grant_role(land.una, land.applier, limits=land.limits("dev"), actor=ACTOR)
    assert land.may(deploying["plan"]) == {"web dev", "web prod", "app dev", "app prod"}
    assert land.may(deploying["apply"]) == {"web dev", "app dev"}
    production = Blueprint.objects.select_related("project").get(name="web prod")
    una = user_by_id(land.una.pk)
    assert isinstance(una, User)
    explanation = explain(una, deploying["apply"], production, acts=True, reader=una)
    failed = [step for step in explanation.paths[0].steps if not step.passed]
    assert [step.name for step in failed] == [StepName.LIMITS]
    assert "outside of the 1 environment" in failed[0].detail


@pytest.mark.usefixtures("in_scope")
def test_limits_to_projects_and_environments_hold_both(deploying: dict[str, Permission]) -> None:
    land = Landscape()
    limits = land.limits("dev", projects=["web dev", "web prod"])
    grant_role(land.una, land.applier, limits=limits, actor=ACTOR)
    assert land.may(deploying["apply"]) == {"web dev"}
    assert land.may(deploying["plan"]) == set()


@pytest.mark.usefixtures("in_scope", "deploying")
def test_a_limit_to_environments_gives_nothing_of_what_lies_in_none() -> None:
    land = Landscape()
    names = ("blueprint.apply", "blueprint.view", "user.view")
    role = create_role(name="Mixed", permissions=dict.fromkeys(names, "tenant"), actor=ACTOR)
    grant_role(land.una, role, limits=land.limits("dev"), actor=ACTOR)
    held = user_by_id(land.una.pk)
    assert held is not None
    # One's own account stays (outside limits).
    assert held.access.scopes() == {"blueprint.apply": Scope.TENANT, "user.view": Scope.OWN}
    assert not check(held, get("blueprint.view"))


@pytest.mark.usefixtures("in_scope", "deploying")
def test_nobody_gives_an_environment_that_they_do_not_hold() -> None:
    land = Landscape()
    web_dev = land.limits("dev", projects=["web dev"])
    app_prod = land.limits("prod", projects=["app prod"])
    for limits in (web_dev, app_prod):
        grant_role(land.una, land.applier, limits=limits, actor=ACTOR)
    make_manager(land.una)
    una, ben = user_by_id(land.una.pk), create_user(username="ben", actor=ACTOR)
    assert isinstance(una, User)
    # Both of each is more than one of each: it would be the web shop's production, too.
    crossed = land.limits("dev", "prod", projects=["web dev", "app prod"])
    elsewhere = land.limits("prod", projects=["web dev"])
    for limits in (Limits(), land.limits("dev"), elsewhere, crossed):
        with (
            pytest.raises(CannotGrant, match="allows what you may not do yourself"),
            transaction.atomic(),
        ):
            grant_role(ben, land.applier, limits=limits, actor=una)
    assert not RoleGrant.objects.filter(user=ben).exists()
    for limits in (web_dev, app_prod):
        grant_role(ben, land.applier, limits=limits, actor=una)
    assert RoleGrant.objects.filter(user=ben).count() == 2


@pytest.mark.usefixtures("in_scope", "deploying")
def test_an_environment_that_does_not_exist_is_no_limit() -> None:
    land = Landscape()
    nowhere = Limits(environments=frozenset({land.una.pk}))
    with pytest.raises(InvalidGrant, match="There is no environment"):
        grant_role(land.una, land.applier, limits=nowhere, actor=ACTOR)
