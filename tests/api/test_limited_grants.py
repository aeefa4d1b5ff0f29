"""Rights that are limited to one project are worth nothing in any other, on any route.

Generated from the URL router and the table of rights: a new endpoint is attacked the day it
appears.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from blueprints.catalog.services.projects import create_project
from iac_platform.common.permissions import LimitKind
from rbac.access.holdings import Limits
from rbac.services import denials
from rbac.services.grants import grant_role
from rbac.services.roles import find_role
from tenants.context import tenant_scope
from tests.api.people import People
from tests.api.requests import send
from tests.api.resources import MATRIX, SAMPLES, operations
from tests.api.rights import VIEWER
from tests.api.routes import route_of
from tests.conftest import ACTOR
from tests.sampling import ROUTE
from tests.snapshots import changed, snapshot

if TYPE_CHECKING:
    from blueprints.catalog.models import Project
    from tenants.models import Tenant

ANY_REVISION = {"If-Match": "*"}
# What is made here lies in no project yet, so no limited right extends to it.
IN_NO_PROJECT = {"POST /api/v1/projects/"}
CUSTOMERS = [each for each in operations() if not SAMPLES[each].operator]


@pytest.fixture(autouse=True)
def _every_denial_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(denials, "MOST_KINDS", 10_000)


def _limited_admin(people: People, name: str, projects: list[Project]) -> str:
    """Make somebody who is a viewer everywhere and an admin in some projects."""
    user = people.user(VIEWER, name)
    limits = Limits(projects=frozenset(project.pk for project in projects))
    with tenant_scope(people.tenant):
        grant_role(user, find_role("admin"), limits=limits, actor=ACTOR)
    return name


def _statuses(people: People, name: str, tried: list[str]) -> dict[str, int]:
    """How each operation on somebody else's objects is answered, all of which is undone."""
    client, fixture = people.client(VIEWER, name), people.fixture(VIEWER, own=False)
    found = {}
    for operation in tried:
        with transaction.atomic():
            headers = {} if operation.startswith("GET ") else ANY_REVISION
            response = send(client, operation, SAMPLES[operation], fixture, headers=headers)
            transaction.set_rollback(response.status_code < 400)
        found[operation] = response.status_code
    return found


def _of_a_viewer(operation: str) -> int:
    row = MATRIX.get((operation, "other")) or MATRIX[operation, "-"]
    return row[VIEWER]


def _is_limitable(operation: str) -> bool:
    route = route_of(operation)
    permission = route.view.action_permissions[route.actions[operation.partition(" ")[0]]]
    return LimitKind.PROJECT in permission.limitable_by


def test_rights_in_one_project_are_those_of_a_viewer_in_any_other(tenant: Tenant) -> None:
    people = People(tenant)
    people.fixture(VIEWER, own=False)
    with tenant_scope(tenant):
        elsewhere = create_project(name="Elsewhere", actor=ACTOR)
    name = _limited_admin(people, "limited-elsewhere", [elsewhere])
    people.client(VIEWER, name)
    before = snapshot(tenant)
    assert _statuses(people, name, CUSTOMERS) == {each: _of_a_viewer(each) for each in CUSTOMERS}
    assert not changed(before, snapshot(tenant))


def test_rights_in_a_project_are_worth_something_there(tenant: Tenant) -> None:
    people = People(tenant)
    fixture = people.fixture(VIEWER, own=False)
    name = _limited_admin(people, "limited-here", [fixture.project, fixture.empty_project])
    tried = [each for each in CUSTOMERS if _is_limitable(each)]
    expected = {each: 403 if each in IN_NO_PROJECT else SAMPLES[each].status for each in tried}
    assert any(not each.startswith("GET ") for each in tried) or ROUTE
    assert _statuses(people, name, tried) == expected
