"""Pages of the admin can be read and used at every width, by keyboard, and while work goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from blueprints.catalog.services.projects import create_project
from rbac.access.holdings import Limits
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Operation, OperationKind, OperationStatus
from tests.browser.conftest import PASSWORD
from tests.browser.visitor import MILLISECONDS
from tests.conftest import ACTOR
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenants.models import Tenant
    from tests.browser.server import PlatformServer
    from tests.browser.visitor import Visitor
    from tests.throwaway import ThrowawayTenants

pytestmark = pytest.mark.browser

LONG = "Keeper of everything that is deployed to production in all of our regions"
WIDTHS = [1400, 1366, 1024, 768, 390]


@pytest.fixture
def home(committed_tenants: ThrowawayTenants) -> Tenant:
    tenant = committed_tenants()
    with tenant_scope(tenant):
        create_user(username="ada", password=PASSWORD, roles=["admin"], actor=ACTOR)
        grace = create_user(username="grace", roles=["viewer"], actor=ACTOR)
        role = create_role(name=LONG, actor=ACTOR)
        grant_role(grace, find_role(role.key), actor=ACTOR)
        project = create_project(name="Web shop", actor=ACTOR)
        limits = Limits(projects=frozenset({project.pk}))
        grant_role(grace, find_role("consultant"), actor=ACTOR, limits=limits)
        team = create_team(name="Platform engineering", actor=ACTOR)
        add_member(team, grace, actor=ACTOR)
        grant_role(team, find_role("system-engineer"), actor=ACTOR)
    return tenant


@pytest.fixture
def ada(server: PlatformServer, visitor: Callable[[], Visitor], home: Tenant) -> Visitor:
    person = visitor()
    person.sign_in(server.admin_of(home), "ada", PASSWORD)
    return person


@pytest.fixture
def operator(
    server: PlatformServer, visitor: Callable[[], Visitor], operator_account: str
) -> Visitor:
    person = visitor()
    person.sign_in(server.admin_of(platform()), operator_account, PASSWORD)
    return person


@pytest.fixture
def work(home: Tenant) -> Iterator[Operation]:
    """A move that goes on."""
    with tenant_scope(platform()):
        made = Operation.objects.create(
            kind=OperationKind.MOVE,
            tenant_id=home.pk,
            subject=home.slug,
            status=OperationStatus.RUNNING,
            requested_by="olga",
            step="copying rows",
            done=1500,
            total=20_000,
        )
    yield made
    with as_owner():
        Operation.objects.filter(pk=made.pk).delete()


def _boxes(person: Visitor, selector: str) -> list[dict[str, Any]]:
    found = [each.bounding_box() for each in person.page.locator(selector).all()]
    boxes = [dict(box) for box in found if box is not None]
    assert boxes, f"nothing is shown of {selector}"
    return boxes


def _require_readable(person: Visitor, width: int) -> None:
    """The head of a page: whole breadcrumbs, and buttons within the window that cover nothing."""
    assert not person.overflows
    crumbs = person.page.locator(".pa-crumbs li")
    assert crumbs.count() >= 2
    for crumb in crumbs.all():
        assert crumb.evaluate("each => each.scrollWidth <= each.clientWidth + 1")
    (title,) = _boxes(person, ".pa-titles h1")
    assert title["width"] > 0
    for box in (title, *_boxes(person, ".pa-crumbs li"), *_boxes(person, ".pa-actions > li")):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width + 1
    for box in _boxes(person, ".pa-actions > li"):
        beside = box["x"] >= title["x"] + title["width"]
        below = box["y"] >= title["y"] + title["height"]
        assert beside or below


def test_on_a_phone_every_role_that_can_be_granted_is_in_sight(ada: Visitor) -> None:
    ada.menu("Users")
    ada.choose("grace")
    ada.page.set_viewport_size({"width": 390, "height": 900})
    ada.sees("Granted without limits")
    boxes = ada.page.locator("#id_roles")
    assert boxes.locator("input").count() >= 8
    assert boxes.evaluate("each => each.scrollHeight <= each.clientHeight + 1")


def test_an_operator_reads_a_tenants_page(
    server: PlatformServer, operator: Visitor, home: Tenant, subtests: pytest.Subtests
) -> None:
    for width in WIDTHS:
        with subtests.test(width=width):
            operator.page.set_viewport_size({"width": width, "height": 900})
            operator.open(f"{server.admin_of(platform())}tenants/tenant/{home.pk}/change/")
            operator.sees(home.name)
            _require_a_tenants_page(operator, width)


def _require_a_tenants_page(operator: Visitor, width: int) -> None:
    _require_readable(operator, width)
    assert operator.page.locator(".pa-actions > li").count() <= 4
    assert operator.page.title().endswith(f"| {platform().name} | IaC Platform")
    suspend = operator.page.get_by_role("link", name="Suspend")
    assert not suspend.is_visible()
    operator.page.get_by_text("Lifecycle").click()
    assert suspend.is_visible()
    assert not operator.overflows


def test_names_of_roles_stay_within_the_window(
    server: PlatformServer, ada: Visitor, home: Tenant, subtests: pytest.Subtests
) -> None:
    for width in WIDTHS:
        with subtests.test(width=width):
            ada.page.set_viewport_size({"width": width, "height": 900})
            ada.open(f"{server.admin_of(home)}rbac/user/")
            ada.sees(LONG.upper())
            _require_names_within(ada, width)


def _require_names_within(ada: Visitor, width: int) -> None:
    assert not ada.overflows
    for box in _boxes(ada, ".pa-badges > *"):
        assert box["x"] + box["width"] <= width
    ada.choose("grace")
    ada.sees("by the team Platform engineering")
    _require_readable(ada, width)
    for box in _boxes(ada, "#id_roles label, .field-roles label"):
        assert box["x"] + box["width"] <= width


def test_the_menu_is_passed_by_a_key_and_landmarks_are_named(
    server: PlatformServer, ada: Visitor, home: Tenant
) -> None:
    ada.open(f"{server.admin_of(home)}rbac/user/")
    ada.page.keyboard.press("Tab")
    expect(ada.page.get_by_role("link", name="Skip to main content")).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("main")).to_be_focused()
    assert ada.page.get_by_role("main").count() == 1
    assert ada.page.get_by_role("heading", level=1).all_inner_texts() == ["Users"]
    assert ada.page.get_by_role("navigation", name="Breadcrumbs").count() == 1
    assert ada.page.title() == f"Users | {home.name} | IaC Platform"


def test_progress_is_followed_until_the_end(
    server: PlatformServer, operator: Visitor, home: Tenant, work: Operation
) -> None:
    operator.open(f"{server.admin_of(platform())}tenants/tenant/{home.pk}/change/")
    operator.page.get_by_role("link", name="Move to another placement").click()
    operator.sees("copying rows: 1,500 of 20,000")
    with as_owner():
        Operation.objects.filter(pk=work.pk).update(done=19_000)
    operator.sees("copying rows: 19,000 of 20,000")
    with as_owner():
        Operation.objects.filter(pk=work.pk).update(status=OperationStatus.FAILED, failure="full")
    # The page is loaded afresh, and offers what can be done now.
    retry = operator.page.get_by_role("link", name="Try again")
    expect(retry).to_be_visible(timeout=MILLISECONDS)
    operator.sees("stopped at copying rows")


def test_the_history_of_a_user_is_read_from_the_audit_log(ada: Visitor) -> None:
    ada.menu("Users")
    ada.choose("grace")
    ada.page.get_by_role("link", name="History", exact=True).click()
    ada.sees("USER.CREATE")
    ada.page.locator(".pa-history a").first.click()
    ada.sees("What happened")
