# ruff: noqa: RUF001  # what looks like another name is what is tested here
"""One key for every name that must be unique, and the audit log has the name as it is kept."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from blueprints.catalog.services.blueprints import create_blueprint, update_blueprint
from blueprints.catalog.services.projects import create_project, update_project
from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from rbac.models import AuditEntry, User
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
    with pytest.raises(DomainError, match="name: "):
        create(name)
    with pytest.raises(DomainError, match="name: "):
        rename(row, name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_audit_log_has_the_name_as_it_is_kept(in_scope: Tenant, kind: str) -> None:
    del in_scope
    create, rename = KINDS[kind]
    row = create(unicodedata.normalize("NFD", "zoë"))
    rename(row, unicodedata.normalize("NFD", "noé"))
    texts = [str((entry.subject_name, entry.changes)) for entry in AuditEntry.objects.all()]
    assert any("zoë" in each for each in texts)
    assert any("noé" in each for each in texts)
    assert all(each == unicodedata.normalize("NFC", each) for each in texts)


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
    with pytest.raises(DomainError, match="name: "):
        rename(row, "Аdmln")
