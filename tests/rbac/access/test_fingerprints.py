"""Equal fingerprints mean equal answers of the one rule, and equal rights have equal ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import event, given

from blueprints.catalog.models import Blueprint, Project
from iac_platform.common.permissions import Scope, get
from rbac.access.fingerprints import fingerprint
from rbac.access.holdings import UNLIMITED, Access, Entitlement, Limits, Origin, Period
from rbac.policy import check, reach
from rbac.selectors import user_by_id
from tests.rbac.access.worlds import IN_PROJECTS, ServicePlan, World, in_a_world, plans, slowly

if TYPE_CHECKING:
    from tenants.models import Tenant

VIEW, UPDATE = get("project.view"), get("project.update")
SHOP, BLOG = uuid4(), uuid4()
NOW = timezone.now()
HOUR = timedelta(hours=1)


class Holder:
    """Somebody who holds a permission in these ways."""

    def __init__(self, *ways: Entitlement, name: str = VIEW.name, **more: Any) -> None:
        self.pk = uuid4()
        self.access = Access({name: ways} if ways else {}, **more)


def _equal(one: Holder, other: Holder) -> bool:
    return fingerprint(one, {VIEW, UPDATE}) == fingerprint(other, {UPDATE, VIEW})


def _of(*projects: Any) -> Entitlement:
    return Entitlement(Scope.TENANT, Limits(projects=frozenset(projects)))


ALL = Entitlement(Scope.TENANT)
OWN = Entitlement(Scope.OWN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Holder(ALL), Holder(ALL)),
        (Holder(), Holder()),
        (Holder(_of(SHOP, BLOG)), Holder(_of(BLOG, SHOP))),
        (Holder(_of(SHOP), ALL), Holder(ALL, _of(SHOP), ALL)),
        (Holder(ALL), Holder(ALL, team_ids=frozenset({uuid4()}))),
        (Holder(ALL), Holder(ALL, account_ids=frozenset({uuid4()}))),
        (Holder(ALL), Holder(Entitlement(Scope.TENANT, origin=Origin(uuid4(), ("viewer",))))),
        (Holder(), Holder(Entitlement(Scope.OWN, UNLIMITED, Period(None, NOW - HOUR)))),
        (Holder(), Holder(Entitlement(Scope.OWN, UNLIMITED, Period(NOW + HOUR)))),
        (Holder(), Holder(OWN, name="token.view")),
    ],
)
def test_equal_rights(one: Holder, other: Holder) -> None:
    assert _equal(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Holder(), Holder(ALL)),
        (Holder(ALL), Holder(ALL, name=UPDATE.name)),
        (Holder(ALL), Holder(_of(SHOP))),
        (Holder(ALL), Holder(_of())),
        (Holder(_of(SHOP)), Holder(_of(BLOG))),
        (Holder(_of(SHOP)), Holder(_of(SHOP, BLOG))),
        (
            Holder(_of(SHOP)),
            Holder(Entitlement(Scope.TENANT, Limits(environments=frozenset({SHOP})))),
        ),
        (Holder(ALL), Holder(Entitlement(Scope.GLOBAL))),
        (Holder(OWN), Holder(OWN)),
        (Holder(OWN, ALL), Holder(OWN, ALL)),
        (Holder(Entitlement(Scope.TEAM)), Holder(Entitlement(Scope.TEAM))),
    ],
)
def test_other_rights(one: Holder, other: Holder) -> None:
    assert not _equal(one, other)
    assert _equal(one, one)
    assert _equal(other, other)


def test_of_what_two_people_decide_it_counts_who_they_are() -> None:
    one, other = Holder(ALL), Holder(ALL)
    assert fingerprint(one, {VIEW}) == fingerprint(other, {VIEW})
    strict = replace(VIEW, four_eyes=True)
    assert fingerprint(one, {strict}) != fingerprint(other, {strict})


def test_where_it_counts_who_they_are_so_do_their_teams_and_accounts() -> None:
    one = Holder(OWN)
    found = {fingerprint(one, {VIEW})}
    mine = one.access
    for access in (
        replace(mine, team_ids=frozenset({SHOP})),
        replace(mine, account_ids=frozenset({SHOP})),
    ):
        one.access = access
        found.add(fingerprint(one, {VIEW}))
    assert len(found) == 3


@slowly
@given(plan=plans)
def test_whoever_has_the_same_fingerprint_reaches_the_same(acme: Tenant, plan: ServicePlan) -> None:
    def compare(world: World) -> None:
        readers: list[Any] = [user_by_id(user.pk) for user in world.users]
        for permission in IN_PROJECTS:
            for one, other in combinations(readers, 2):
                if fingerprint(one, {permission}) == fingerprint(other, {permission}):
                    event("some are equal")
                    for model in (Project, Blueprint):
                        assert reach(one, permission, model) == reach(other, permission, model)
                        for row in model.objects.all():
                            assert check(one, permission, row) == check(other, permission, row)

    in_a_world(acme, plan, compare)
