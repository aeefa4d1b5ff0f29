"""Whoever has equal rights is given the same answer; whoever has others is never given it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.permissions import VIEW_PROJECT
from iac_platform.gateway.actions import Cached, lists
from iac_platform.gateway.caching import ADMISSION
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import ApiToken, User
from rbac.services.grants import grant_role, revoke_role
from rbac.services.roles import find_role
from rbac.services.service_accounts import create_service_account
from rbac.services.tokens import revoke_token
from rbac.services.users import update_user
from tenants.context import tenant_scope
from tests.api.response_cache.reader import PROJECTS, TYPES, create, principal_left, read, warm
from tests.api.response_cache.rivals import LESS, client_of, own_projects
from tests.api.response_cache.watched import is_right
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings
    from structlog.testing import LogCapture

    from tenants.models import Tenant
    from tests.api.people import People
    from tests.conftest import Api
    from tests.throwaway import ThrowawayTenants


# What some servers, frameworks and caches make another answer of.
UNUSUAL = {
    "Accept-Language": "de, fr;q=0.5",
    "Accept-Encoding": "gzip, br",
    "Content-Type": "application/xml",
    "Forwarded": "host=evil.test;proto=https",
    "If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT",
    "If-None-Match": "*",
    "Origin": "https://evil.test",
    "Prefer": "return=minimal",
    "Range": "bytes=0-1",
    "User-Agent": "<script>",
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Proto": "https",
    "X-HTTP-Method-Override": "DELETE",
    "X-Original-URL": "/api/v1/me/",
    "X-Requested-With": "XMLHttpRequest",
    "X-Request-ID": "chosen-by-the-first",
    "X-Rewrite-URL": "/api/v1/me/",
}


class Pair:
    """Two people of a tenant with the same role, both known to the cache."""

    def __init__(self, people: People, role: str) -> None:
        self.first, self.second = (people.client(role, f"{role}-{n}") for n in ("one", "two"))
        for client in (self.first, self.second):
            warm(client, TYPES)


@pytest.fixture
def viewers(people: People, project: str) -> Pair:
    """Two viewers; there is a project."""
    del project
    return Pair(people, "viewer")


def test_whoever_has_equal_rights_is_given_the_same(viewers: Pair, project: str) -> None:
    for path in (PROJECTS, project):
        made = viewers.first.get(path)
        given = read(viewers.second, path)
        assert given.was_cached, path
        assert given.response.content == made.content
        assert given.response.headers["ETag"] == made.headers["ETag"]


def test_nobody_makes_what_others_are_given_by_headers(people: People, viewers: Pair) -> None:
    create(people.client("admin"), PROJECTS, name="On the next page")
    for number, (name, value) in enumerate(UNUSUAL.items()):
        path = f"{PROJECTS}?page_size=1{'&' * number}"  # each is another one
        assert read(viewers.first, path, **{name: value}).response.status_code in {200, 304}, name
        assert is_right(viewers.second, path), name
        assert read(viewers.second, path).was_cached, name


def test_a_service_account_and_a_person_of_equal_rights_share(
    home: Tenant, viewers: Pair, project: str
) -> None:
    with tenant_scope(home):
        account = create_service_account(username="robot", roles=["viewer"], actor=ACTOR)
    robot = client_of(home, account)
    warm(robot, TYPES)
    viewers.first.get(project)
    assert read(robot, project).was_cached


def test_each_is_counted_and_logged_as_themselves(viewers: Pair, log: LogCapture) -> None:
    viewers.first.get(PROJECTS)
    before = principal_left(read(viewers.first, TYPES).response)
    given = read(viewers.second, PROJECTS)
    assert given.was_cached
    assert log.entries[-1]["user_id"] == str(viewers.second.user.pk)  # type: ignore[union-attr]  # it has one
    assert log.entries[-1]["route"] == "api/v1/projects/"
    assert principal_left(read(viewers.first, TYPES).response) == before - 1
    assert (
        principal_left(read(viewers.second, PROJECTS).response)
        == principal_left(given.response) - 1
    )


def test_whose_quota_is_exhausted_is_refused_what_others_are_given(
    viewers: Pair, settings: Settings
) -> None:
    small = {
        "principal": {"requests": 4, "seconds": 61},
        "tenant": {"requests": 100, "seconds": 61},
    }
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, small)
    with tenant_scope(viewers.first.tenant):  # type: ignore[arg-type]  # it has one
        User.objects.update(description="another stamp: the counters are found anew")
    for client in (viewers.first, viewers.second):
        warm(client, PROJECTS)
    statuses = [read(viewers.first, PROJECTS).response.status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert read(viewers.second, PROJECTS).response.status_code == 200


@pytest.fixture(params=LESS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.mark.usefixtures("project")
def test_whoever_may_see_less_is_given_less(home: Tenant, people: People, kind: str) -> None:
    make, names = LESS[kind]
    rival = make(home, people, "rival")
    warm(rival, TYPES)
    admin = people.client("admin")
    whole = warm(admin, PROJECTS)
    for was_cached in (False, names is not None):
        answer = read(rival, PROJECTS, **{"If-None-Match": whole.headers["ETag"]})
        assert answer.was_cached is was_cached
        assert _names(answer.response) == names
    again = read(admin, PROJECTS)
    assert (again.was_cached, again.response.content) == (True, whole.content)


@pytest.mark.usefixtures("project")
def test_whoever_may_see_as_little_is_given_the_same(
    home: Tenant, people: People, kind: str
) -> None:
    make, names = LESS[kind]
    rival = make(home, people, "rival")
    path = PROJECTS if names is not None else TYPES
    # Where a right depends on who has it, nobody but themselves has an equal one.
    is_personal = names == []
    twin = client_of(home, rival.user) if is_personal else make(home, people, "twin")  # type: ignore[arg-type]  # it has one
    warm(twin, f"{TYPES}object_storage/")
    made = rival.get(path)
    given = read(twin, path)
    assert (given.was_cached, given.response.content) == (True, made.content)
    tag = {"If-None-Match": made.headers["ETag"]}
    known = read(twin, path, **tag)
    assert (known.was_cached, known.response.status_code) == (True, 304)


@pytest.mark.usefixtures("project")
def test_whose_own_projects_are_meant_is_never_mistaken(home: Tenant, people: People) -> None:
    clients = [own_projects(home, people, name) for name in ("rival", "twin")]
    for client in clients:
        warm(client, TYPES)
    assert [read(client, PROJECTS).was_cached for client in clients] == [False, False]


def _revoke_role(user: User) -> None:
    revoke_role(user, find_role("viewer"), actor=ACTOR)


def _revoke_token(user: User) -> None:
    revoke_token(ApiToken.objects.get(user=user), actor=ACTOR)


def _deactivate(user: User) -> None:
    update_user(user, actor=ACTOR, changes={"is_active": False}, revision=user.revision)


@pytest.mark.parametrize(
    ("take", "status"), [(_revoke_role, 403), (_revoke_token, 401), (_deactivate, 401)]
)
def test_what_is_taken_from_one_stays_the_others(
    home: Tenant, viewers: Pair, take: Callable[[User], None], status: int
) -> None:
    for client in (viewers.first, viewers.second):
        warm(client, PROJECTS)
    with tenant_scope(home):
        take(User.objects.get(pk=viewers.second.user.pk))  # type: ignore[union-attr]  # it has one
    # Made anew for one, it is there; the other is not given it.
    assert len(warm(viewers.first, PROJECTS).json()["results"]) == 1
    refused = read(viewers.second, PROJECTS)
    assert (refused.was_cached, refused.response.status_code) == (False, status)
    assert read(viewers.first, PROJECTS).was_cached


def test_what_is_given_back_is_shared_again(home: Tenant, viewers: Pair) -> None:
    with tenant_scope(home):
        user = User.objects.get(pk=viewers.second.user.pk)  # type: ignore[union-attr]  # it has one
        _revoke_role(user)
        grant_role(user, find_role("viewer"), actor=ACTOR)
    warm(viewers.second, TYPES)
    warm(viewers.first, PROJECTS)
    assert read(viewers.second, PROJECTS).was_cached


def test_equal_rights_in_two_tenants_share_nothing(
    viewers: Pair, project: str, committed_tenants: ThrowawayTenants, api: Api
) -> None:
    stranger = api(committed_tenants(), "viewer")
    for client in (stranger, viewers.second):
        warm(client, TYPES)
    for path in (PROJECTS, project):
        warm(viewers.first, path)
    answer = read(stranger, project)
    assert (answer.was_cached, answer.response.status_code) == (False, 404)
    answer = read(stranger, PROJECTS)
    assert (answer.was_cached, answer.response.json()["results"]) == (False, [])
    assert read(viewers.second, project).was_cached


def test_an_answer_that_asks_about_other_rights_is_not_kept(
    viewers: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("iac_platform.gateway.response_cache.cacheable_permissions", frozenset)
        assert [read(viewers.first, PROJECTS).was_cached for _ in range(3)] == [False] * 3
    warm(viewers.first, PROJECTS)


@pytest.mark.parametrize("name", ADMISSION)
def test_views_that_admit_others_cannot_be_cached(name: str) -> None:
    body = {name: (), "list": lists(VIEW_PROJECT)}
    type("Open", (ResourceViewSet,), body)
    with pytest.raises(TypeError, match=name):
        type("Kept", (ResourceViewSet,), body | {"list": lists(VIEW_PROJECT, cached=Cached.LIST)})


def _names(response: Any) -> list[str] | None:
    if response.status_code != 200:
        return None
    return [each["name"] for each in response.json()["results"]]
