"""Roles grant what they say, and ``check`` and ``permitted`` are one rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser

from iac_platform.common.errors import NotPermitted
from iac_platform.common.permissions import (
    Permission,
    RoleKey,
    Scope,
    UnknownPermission,
    declare,
    declared,
    get,
)
from rbac import policy
from rbac.access.holdings import ALWAYS, Period
from rbac.models import ApiToken, Role, User
from rbac.permissions import CREATE_USER, USE_ADMIN, VIEW_TOKEN, VIEW_USER
from rbac.querysets import PermittedQuerySet
from rbac.services.tokens import create_token
from rbac.services.users import update_user
from rbac.system_roles import BY_KEY, effective
from tenants.context import tenant_scope
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person

TENANT_ROLES = [key for key, role in BY_KEY.items() if not role.operator_only]
MODELS = [
    model
    for model in apps.get_models()
    if isinstance(model._meta.default_manager.all(), PermittedQuerySet)  # type: ignore[union-attr]  # all have one
]


def test_permissions_name_only_roles_that_there_are() -> None:
    named = {key for permission in declared() for key in permission.roles}
    assert named == {key for key, role in BY_KEY.items() if role.grants is None}


def test_a_role_is_given_no_scope_that_the_permission_does_not_have() -> None:
    with pytest.raises(ValueError, match="in a scope that it does not have"):
        declare(
            "note",
            "read",
            "Read notes",
            scopes=(Scope.OWN,),
            roles={RoleKey.VIEWER: Scope.TENANT},
        )
    with pytest.raises(UnknownPermission, match=r"No permission is called 'note\.read'"):
        get("note.read")


def test_a_grant_counts_from_its_first_moment_to_just_before_its_last() -> None:
    begins, ends = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    moment, period = timedelta(microseconds=1), Period(begins, ends)
    assert [period.includes(each) for each in (begins - moment, begins)] == [False, True]
    assert [period.includes(each) for each in (ends - moment, ends)] == [True, False]
    assert ALWAYS.includes(begins)


def test_only_the_operators_role_reaches_beyond_a_tenant() -> None:
    for key, role in BY_KEY.items():
        reaches = Scope.GLOBAL in effective(frozenset({key})).values()
        assert reaches == role.operator_only


def test_the_admin_may_all_that_concerns_the_tenant() -> None:
    held = effective(frozenset({"admin"}))
    for permission in declared():
        within = [scope for scope in permission.scopes if scope is not Scope.GLOBAL]
        assert (permission.name in held) == bool(within)


@pytest.mark.parametrize("key", ["viewer", "consultant", "system-engineer", "project-manager"])
def test_lesser_roles_do_not_administer_people(key: str) -> None:
    held = effective(frozenset({key}))
    assert not {"user.create", "user.update", "role.grant", "audit.view", "admin_site.use"} & set(
        held
    )


def test_several_roles_give_the_widest_scope_of_each() -> None:
    viewer, manager = effective(frozenset({"viewer"})), effective(frozenset({"project-manager"}))
    both = effective(frozenset({"viewer", "project-manager"}))
    assert viewer[VIEW_USER.name] is Scope.OWN
    assert both[VIEW_USER.name] is manager[VIEW_USER.name] is Scope.TENANT
    assert set(both) == set(viewer) | set(manager)


def test_a_role_that_this_release_does_not_know_allows_nothing() -> None:
    assert effective(frozenset({"of-a-later-release"})) == {}
    assert effective(frozenset({"of-a-later-release", "viewer"})) == effective(
        frozenset({"viewer"})
    )
    assert effective(frozenset()) == {}


def test_the_models_under_the_rule_are_there() -> None:
    assert {User, Role, ApiToken} <= set(MODELS)


@pytest.mark.parametrize("key", TENANT_ROLES)
def test_the_list_shows_exactly_what_the_check_allows(
    key: str, tenant: Tenant, person: Person
) -> None:
    """For every model, every permission and every row: ``list == {x: check(x)}``."""
    user, other = person(tenant, key), person(tenant, "admin", "somebody-else")
    with tenant_scope(tenant):
        for owner in (user, other):
            create_token(owner, name="t", actor=ACTOR)
        for model in MODELS:
            rows: Any = model._meta.default_manager.all()  # type: ignore[union-attr]  # all have one
            for permission in declared():
                listed = {row.pk for row in rows.permitted(user, permission)}
                assert listed == {row.pk for row in rows if policy.check(user, permission, row)}


def test_own_reaches_ones_own_rows_and_tenant_reaches_all(tenant: Tenant, person: Person) -> None:
    viewer, admin = person(tenant, "viewer"), person(tenant, "admin")
    with tenant_scope(tenant):
        mine, _ = create_token(viewer, name="mine", actor=ACTOR)
        theirs, _ = create_token(admin, name="theirs", actor=ACTOR)
        assert set(ApiToken.objects.permitted(viewer, VIEW_TOKEN)) == {mine}
        assert set(ApiToken.objects.permitted(admin, VIEW_TOKEN)) == {mine, theirs}
        assert policy.check(viewer, VIEW_TOKEN, mine)
        assert not policy.check(viewer, VIEW_TOKEN, theirs)


def test_own_of_a_model_without_owners_is_nothing(tenant: Tenant, person: Person) -> None:
    viewer = person(tenant, "viewer")
    with tenant_scope(tenant):
        assert list(Role.objects.permitted(viewer, VIEW_TOKEN)) == []
        assert Role.objects.exists()


def test_nobody_and_the_deactivated_may_nothing(tenant: Tenant, person: Person) -> None:
    admin, other = person(tenant, "admin"), person(tenant, "admin", "other")
    with tenant_scope(tenant):
        assert policy.check(admin, CREATE_USER)
        update_user(admin, actor=ACTOR, changes={"is_active": False})
        gone = User.objects.get(pk=admin.pk)
        for subject in (gone, AnonymousUser(), None):
            assert not policy.check(subject, CREATE_USER)
            assert list(RolePolicyOn(User, subject)) == []
            with pytest.raises(NotPermitted, match=r"user\.create"):
                policy.require(subject, CREATE_USER)
        policy.require(other, CREATE_USER)


def RolePolicyOn(model: type[User], subject: Any) -> Any:  # noqa: N802  # reads as a list above
    return policy.RolePolicy.permitted(model.objects.all(), subject, VIEW_USER)


def test_django_s_own_permissions_are_denied_to_everybody(tenant: Tenant, person: Person) -> None:
    admin, viewer = person(tenant, "admin"), person(tenant, "viewer")
    with tenant_scope(tenant):
        assert not admin.has_perm("rbac.add_user")
        assert not admin.has_module_perms("rbac")
        assert not admin.is_superuser
        assert (admin.is_staff, viewer.is_staff) == (True, False)
        assert policy.held_scope(admin, USE_ADMIN) is Scope.TENANT


@pytest.mark.parametrize("permission", declared(), ids=str)
def test_every_permission_is_granted_to_somebody(permission: Permission) -> None:
    assert any(permission.name in effective(frozenset({key})) for key in BY_KEY)
