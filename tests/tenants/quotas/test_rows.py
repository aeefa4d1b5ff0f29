"""Quotas of what is counted in rows: users, projects and blueprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from blueprints.catalog.models import Blueprint, Project
from blueprints.catalog.quotas import PROJECTS
from blueprints.catalog.services.blueprints import create_blueprint, delete_blueprint
from blueprints.catalog.services.projects import create_project, delete_project
from rbac.models import AuditEntry, User, UserKind
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tenants.quotas.errors import QuotaExceeded
from tenants.quotas.services import consume
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR
from tests.tenants.quotas.conftest import limited

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant


def user(number: int) -> User:
    return create_user(username=f"user-{number}", actor=ACTOR)


def project(number: int) -> Project:
    return create_project(name=f"Project {number}", actor=ACTOR)


def blueprint(number: int) -> Blueprint:
    home = Project.objects.first() or project(0)
    return create_blueprint(home, name=f"Blueprint {number}", document=document(), actor=ACTOR)


KINDS: list[Any] = [
    pytest.param("users", user, User, id="users"),
    pytest.param("projects", project, Project, id="projects"),
    pytest.param("blueprints", blueprint, Blueprint, id="blueprints"),
]


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Project, Blueprint, AuditEntry))


@pytest.mark.parametrize(("quota", "create", "model"), KINDS)
def test_as_many_as_the_limit_and_not_one_more(
    tenant: Tenant, quota: str, create: Callable[[int], Any], model: Any
) -> None:
    with tenant_scope(limited(tenant, **{quota: 2})):
        for number in (1, 2):
            create(number)
        before = rows()
        with pytest.raises(QuotaExceeded) as refusal:
            create(3)
        assert rows() == before
        assert model.objects.count() == 2
    assert refusal.value.extra == {"quota": quota, "limit": 2, "used": 2}
    assert "2 of 2" in refusal.value.detail
    assert "operator" in refusal.value.detail


@pytest.mark.parametrize(("quota", "create", "model"), KINDS)
def test_another_tenants_rows_do_not_count(
    acme: Tenant, globex: Tenant, quota: str, create: Callable[[int], Any], model: Any
) -> None:
    assert acme.placement == globex.placement
    with tenant_scope(acme):
        for number in range(3):
            create(number)
    with tenant_scope(limited(globex, **{quota: 1})):
        create(1)
        assert model.objects.count() == 1
        with pytest.raises(QuotaExceeded, match="1 of 1 "):
            create(2)
    with tenant_scope(acme):
        create(3)


@pytest.mark.parametrize(("quota", "create", "model"), KINDS)
def test_a_limit_below_what_there_is_refuses_only_what_is_new(
    tenant: Tenant, quota: str, create: Callable[[int], Any], model: Any
) -> None:
    with tenant_scope(tenant):
        made = [create(number) for number in range(3)]
    with tenant_scope(limited(tenant, **{quota: 1})):
        with pytest.raises(QuotaExceeded) as refusal:
            create(9)
        assert refusal.value.extra["used"] == 3
        assert {each.pk for each in made} <= set(model.objects.values_list("pk", flat=True))
    with tenant_scope(limited(tenant, **{quota: 4})):
        create(9)


@pytest.mark.parametrize(("quota", "create", "model"), KINDS)
def test_without_a_limit_nothing_is_refused(
    tenant: Tenant, quota: str, create: Callable[[int], Any], model: Any
) -> None:
    with tenant_scope(limited(tenant, **{quota: 0})), pytest.raises(QuotaExceeded, match="0 of 0 "):
        create(1)
    with tenant_scope(limited(tenant, **{quota: None})):
        create(1)
        assert model.objects.exists()


def test_what_is_deleted_makes_room(small: Tenant) -> None:
    with tenant_scope(small):
        first, _ = project(1), project(2)
        one, _ = blueprint(1), blueprint(2)
        for create in (project, blueprint):
            with pytest.raises(QuotaExceeded, match="2 of 2 "):
                create(3)
        delete_blueprint(one, actor=ACTOR)
        blueprint(3)
        for each in Blueprint.objects.all():
            delete_blueprint(each, actor=ACTOR)
        delete_project(first, actor=ACTOR)
        project(3)


def test_only_active_users_count_and_coming_back_takes_a_place(tenant: Tenant) -> None:
    with tenant_scope(limited(tenant, users=3)):
        create_user(username="admin", roles=["admin"], actor=ACTOR)
        first, second = user(1), user(2)
        update_user(first, actor=ACTOR, changes={"is_active": False})
        third = user(3)
        with pytest.raises(QuotaExceeded, match="3 of 3 "):
            update_user(first, actor=ACTOR, changes={"is_active": True})
        assert not User.objects.get(pk=first.pk).is_active
        # To change who is active already takes no place.
        update_user(third, actor=ACTOR, changes={"full_name": "Third", "is_active": True})
        update_user(second, actor=ACTOR, changes={"is_active": False})
        update_user(first, actor=ACTOR, changes={"is_active": True})
        assert User.objects.filter(is_active=True).count() == 3


def test_the_operators_staff_take_nobodys_place(tenant: Tenant) -> None:
    with tenant_scope(limited(tenant, users=1)):
        User.objects.create(username="support:sue", kind=UserKind.SUPPORT)
        user(1)
        with pytest.raises(QuotaExceeded, match="1 of 1 "):
            user(2)


def test_several_at_once_are_taken_or_refused_together(small: Tenant) -> None:
    with tenant_scope(small), transaction.atomic():
        consume(PROJECTS, amount=2)
        with pytest.raises(QuotaExceeded, match="3 more"):
            consume(PROJECTS, amount=3)


def test_the_operator_has_no_limits(operator: Tenant) -> None:
    with tenant_scope(limited(operator, projects=0)):
        project(1)
        assert Project.objects.exists()
