# ruff: noqa: RUF001  # what looks like another name is what is tested here
"""One key for every name that must be unique, and the audit log has the name as it is kept."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test import RequestFactory

from blueprints.catalog.services.blueprints import create_blueprint, update_blueprint
from blueprints.catalog.services.projects import create_project, update_project
from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from rbac.models import AuditEntry, User
from rbac.name_keys import fill_keys
from rbac.names import MAX_KEY
from rbac.services.roles import create_role, update_role
from rbac.services.service_accounts import create_service_account, update_service_account
from rbac.services.teams import create_team, update_team
from rbac.services.users import create_user, update_user
from tests.api.fixtures import document

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant

ACTOR = SystemActor("tests")
PASSWORD = "tangerine-orbit-42"


def _user(name: str) -> User:
    return create_user(username=name, actor=ACTOR)


def _account(name: str) -> User:
    return create_service_account(username=name, actor=ACTOR)


def _blueprint(name: str) -> Any:
    from blueprints.catalog.models import Project  # noqa: PLC0415  # beside its only use

    project = Project.objects.first() or create_project(name="Home", actor=ACTOR)
    return create_blueprint(project, name=name, document=document(), actor=ACTOR)


KINDS: dict[str, tuple[Callable[[str], Any], Callable[[Any, str], Any]]] = {
    "user": (_user, lambda row, name: update_user(row, changes={"username": name}, actor=ACTOR)),
    "service account": (
        _account,
        lambda row, name: update_service_account(row, changes={"username": name}, actor=ACTOR),
    ),
    "team": (
        lambda name: create_team(name=name, actor=ACTOR),
        lambda row, name: update_team(row, changes={"name": name}, actor=ACTOR),
    ),
    "role": (
        lambda name: create_role(name=name, actor=ACTOR),
        lambda row, name: update_role(row, changes={"name": name}, actor=ACTOR),
    ),
    "project": (
        lambda name: create_project(name=name, actor=ACTOR),
        lambda row, name: update_project(row, changes={"name": name}, actor=ACTOR),
    ),
    "blueprint": (
        _blueprint,
        lambda row, name: update_blueprint(row, changes={"name": name}, actor=ACTOR),
    ),
}
SAME = ["ZOË", unicodedata.normalize("NFD", "zoë"), "ｚｏë"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_taken_in_whatever_way_it_is_written(in_scope: Tenant, kind: str) -> None:
    del in_scope
    create, rename = KINDS[kind]
    create("zoë")
    other = create("liam")
    for name in SAME:
        with pytest.raises(DomainError, match="already"):
            create(name)
        with pytest.raises(DomainError, match="already"):
            rename(other, name)
    assert rename(other, "LIAM")
    assert rename(other, "zoe")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["Аdmin", "ad\u200bmin", "\u202enimda", "admin\u3164"])
def test_a_name_that_looks_like_another_is_refused(in_scope: Tenant, kind: str, name: str) -> None:
    del in_scope
    create, rename = KINDS[kind]
    row = create("liam")
    with pytest.raises(DomainError):
        create(name)
    with pytest.raises(DomainError):
        rename(row, name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_audit_log_has_the_name_as_it_is_kept(in_scope: Tenant, kind: str) -> None:
    del in_scope
    create, rename = KINDS[kind]
    row = create(unicodedata.normalize("NFD", "zoë"))
    rename(row, unicodedata.normalize("NFD", "noé"))
    told = [str((entry.subject_name, entry.changes)) for entry in AuditEntry.objects.all()]
    assert any("zoë" in each for each in told)
    assert any("noé" in each for each in told)
    assert all(each == unicodedata.normalize("NFC", each) for each in told)


def test_one_signs_in_in_any_case(in_scope: Tenant) -> None:
    del in_scope
    user = create_user(username="Zoë", password=PASSWORD, actor=ACTOR)
    for name in ("Zoë", *SAME):
        assert (
            authenticate(RequestFactory().post("/login/"), username=name, password=PASSWORD) == user
        )
        assert (
            authenticate(RequestFactory().post("/login/"), username=name, password="wrong") is None
        )


def test_whose_names_differed_by_case_alone_before_are_found_as_they_are_written(
    in_scope: Tenant,
) -> None:
    del in_scope
    first, second = _user("admin"), _user("other")
    User.objects.filter(pk=second.pk).update(username="ADMIN", username_key=f"admin {second.pk}")
    assert User.objects.named("admin").first() == first
    assert User.objects.named("Admin").first() == first
    assert User.objects.named("ADMIN").first() == second


def test_a_deactivated_users_name_is_free_once_they_have_another(in_scope: Tenant) -> None:
    del in_scope
    left = _user("ann")
    update_user(left, changes={"is_active": False}, actor=ACTOR)
    with pytest.raises(DomainError, match="already"):
        _user("Ann")
    update_user(left, changes={"username": "ann-until-2026"}, actor=ACTOR)
    assert _user("Ann").pk != left.pk
    entry = AuditEntry.objects.filter(action="user.update", subject_id=str(left.pk))[0]
    assert entry.changes == {"username": ["ann", "ann-until-2026"]}


def test_names_of_an_earlier_release_get_keys_and_lose_nobody(in_scope: Tenant) -> None:
    del in_scope
    first, second = _user("admin"), _user("other")
    User.objects.filter(pk=second.pk).update(username="ADMIN")
    User.objects.update(username_key="")
    for _ in range(2):
        with connection.schema_editor() as editor:
            fill_keys(editor, "users", name="username", key="username_key")
        keys = dict(User.objects.values_list("username", "username_key"))
        assert keys == {"admin": "admin", "ADMIN": f"admin {second.pk}"}
    assert User.objects.named("Admin").first() == first
    assert User.objects.named("ADMIN").first() == second
    update_user(second, changes={"username": "Adam"}, actor=ACTOR)
    assert User.objects.named("adam").first() == second


def _doubles(kind: str) -> tuple[Any, str]:
    """A row whose name another one has by now, as an earlier release left them; and its key."""
    create, _ = KINDS[kind]
    create("boss")
    second = create("other")
    name = "username" if isinstance(second, User) else "name"
    key = f"boss {second.pk}"
    rows = type(second)._default_manager  # noqa: SLF001  # Django's documented API
    rows.filter(pk=second.pk).update(**{name: "BOSS", f"{name}_key": key})
    return rows.get(pk=second.pk), f"{name}_key"


CHANGES: dict[str, Callable[[Any], Any]] = {
    "service account": lambda row: update_service_account(
        row, changes={"is_active": False}, actor=ACTOR
    ),
    "team": lambda row: update_team(row, changes={"description": "new"}, actor=ACTOR),
    "role": lambda row: update_role(row, changes={"description": "new"}, actor=ACTOR),
    "project": lambda row: update_project(row, changes={"description": "new"}, actor=ACTOR),
    "blueprint": lambda row: update_blueprint(row, changes={"description": "new"}, actor=ACTOR),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_all_but_the_name_can_be_changed_of_who_has_anothers_name_by_case(
    in_scope: Tenant, kind: str
) -> None:
    del in_scope
    double, field = _doubles(kind)
    key = getattr(double, field)
    assert getattr(CHANGES[kind](double), field) == key
    assert getattr(KINDS[kind][1](double, "third"), field) == "third"


def test_a_user_with_anothers_name_by_case_can_be_deactivated(in_scope: Tenant) -> None:
    del in_scope
    _user("admin")
    second = _user("other")
    key = f"admin {second.pk}"
    User.objects.filter(pk=second.pk).update(username="ADMIN", username_key=key)
    update_user(second, changes={"is_active": False}, actor=ACTOR)
    found = User.objects.get(pk=second.pk)
    assert (found.is_active, found.username_key) == (False, key)


def test_a_name_that_is_long_when_written_out_keeps_no_placement_from_migrating(
    in_scope: Tenant,
) -> None:
    del in_scope
    first, second = _user("first"), _user("second")
    # One character of which NFKC makes eighteen: earlier releases took a hundred of them.
    for user, more in ((first, ""), (second, "x")):
        User.objects.filter(pk=user.pk).update(username="\ufdfa" * 100 + more, username_key="")
    with connection.schema_editor() as editor:
        fill_keys(editor, "users", name="username", key="username_key")
    keys = list(User.objects.values_list("username_key", flat=True))
    assert all(0 < len(key) <= MAX_KEY for key in keys)
    assert len(set(keys)) == 2


@pytest.mark.parametrize("kind", ["user", "service account"])
def test_whoever_has_a_name_that_is_refused_by_now_can_be_deactivated(
    in_scope: Tenant, kind: str
) -> None:
    del in_scope
    create, rename = KINDS[kind]
    row = create("liam")
    User.objects.filter(pk=row.pk).update(username="Аdmin", username_key="аdmin")
    change = update_user if kind == "user" else update_service_account
    assert not change(row, changes={"is_active": False}, actor=ACTOR).is_active
    with pytest.raises(DomainError):
        rename(row, "Аdmln")
