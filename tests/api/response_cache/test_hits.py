"""What is kept is given again to whoever asked the same, and to nobody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import Resolver404, resolve

from blueprints.catalog.models import Project
from iac_platform.gateway.cacheable_routes import is_cacheable
from rbac.services.tokens import create_token
from tenants.context import tenant_scope
from tests.api.response_cache.reader import (
    BLUEPRINTS,
    DOCUMENT,
    PROJECTS,
    asked,
    create,
    hits,
    principal_left,
    read,
    warm,
)
from tests.api.routes import routes
from tests.api_client import ApiClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings
    from structlog.testing import LogCapture

    from tenants.models import Tenant
    from tests.conftest import Api
    from tests.throwaway import ThrowawayTenants

OF_A_BLUEPRINT = ("", "versions/", "versions/1/", "versions/1/code", "versions/1/code.zip", "tags/")
CATALOGUES = (PROJECTS, BLUEPRINTS, "/api/v1/component-types/", "/api/v1/permissions/")


def test_every_hot_read_is_served(admin: ApiClient, blueprint: str) -> None:
    for path in (*CATALOGUES, *(blueprint + part for part in OF_A_BLUEPRINT)):
        warm(admin, path)


def test_a_kept_answer_has_the_headers_of_the_first(admin: ApiClient, project: str) -> None:
    first = admin.get(project)
    again = read(admin, project).response
    changing = {"X-Request-ID", "RateLimit"}
    assert {k: v for k, v in again.headers.items() if k not in changing} == {
        k: v for k, v in first.headers.items() if k not in changing
    }
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]


def test_a_chosen_request_id_comes_back(admin: ApiClient, project: str) -> None:
    warm(admin, project)
    again = read(admin, project, **{"X-Request-ID": "chosen-by-the-client"})
    assert again.was_cached
    assert again.response.headers["X-Request-ID"] == "chosen-by-the-client"


def test_whoever_has_the_answer_is_told_so(admin: ApiClient, project: str) -> None:
    tag = warm(admin, project).headers["ETag"]
    again = read(admin, project, **{"If-None-Match": tag})
    assert again.was_cached
    assert (again.response.status_code, again.response.content) == (304, b"")
    assert again.response.headers["ETag"] == tag
    assert "Content-Type" not in again.response.headers
    other = read(admin, project, **{"If-None-Match": '"other"'})
    assert (other.was_cached, other.response.status_code) == (True, 200)


def test_whoever_has_a_list_is_told_so_until_it_changes(admin: ApiClient, project: str) -> None:
    first = warm(admin, PROJECTS)
    asked = {"If-None-Match": first.headers["ETag"]}
    again = read(admin, PROJECTS, **asked)
    assert (again.was_cached, again.response.status_code) == (True, 304)
    assert (again.response.content, again.response.headers["ETag"]) == (b"", first.headers["ETag"])
    create(admin, PROJECTS, name="Another")
    changed = read(admin, PROJECTS, **asked)
    assert (changed.was_cached, changed.response.status_code) == (False, 200)
    assert len(changed.response.json()["results"]) == 2
    asked = {"If-None-Match": changed.response.headers["ETag"]}
    assert admin.delete(project, headers={"If-Match": "*"}).status_code == 204
    assert read(admin, PROJECTS, **asked).response.status_code == 200


def test_the_tag_of_anothers_list_names_nothing(
    admin: ApiClient, project: str, committed_tenants: ThrowawayTenants, api: Api
) -> None:
    del project
    asked = {"If-None-Match": warm(admin, PROJECTS).headers["ETag"]}
    rival = api(committed_tenants())
    create(rival, PROJECTS, name="Of the rival")
    for was_cached in (False, True):
        answer = read(rival, PROJECTS, **asked)
        assert (answer.was_cached, answer.response.status_code) == (was_cached, 200)
        assert [each["name"] for each in answer.response.json()["results"]] == ["Of the rival"]


def test_an_answer_asked_for_with_a_tag_is_kept_whole(admin: ApiClient, project: str) -> None:
    tag = admin.get(project).headers["ETag"]
    with tenant_scope(admin.tenant):  # type: ignore[arg-type]  # it has one
        Project.objects.update(description="changed by hand")
    stale = read(admin, project, **{"If-None-Match": tag})
    assert (stale.was_cached, stale.response.status_code) == (False, 200)
    new = stale.response.headers["ETag"]
    with tenant_scope(admin.tenant):  # type: ignore[arg-type]  # likewise
        Project.objects.update(description="changed by hand")
    made = read(admin, project, **{"If-None-Match": new})
    assert (made.was_cached, made.response.status_code) == (False, 304)
    again = read(admin, project)
    assert (again.was_cached, again.response.json()["description"]) == (True, "changed by hand")


def test_every_answer_asked_for_with_its_tag_is_kept_whole(
    admin: ApiClient, blueprint: str
) -> None:
    parts = ("", "versions/1/", "versions/1/code", "versions/1/code.zip")
    for path in (*CATALOGUES, *(blueprint + part for part in parts)):
        whole = admin.get(path)
        asked = {"Accept": "*/*", "If-None-Match": whole.headers["ETag"]}
        made = read(admin, path, **asked)
        assert (made.was_cached, made.response.status_code) == (False, 304), path
        again = read(admin, path, Accept="*/*")
        assert (again.was_cached, again.response.content) == (True, whole.content), path


def test_kept_answers_count_against_the_quotas(admin: ApiClient, project: str) -> None:
    warm(admin, project)
    left = [principal_left(read(admin, project).response) for _ in range(3)]
    assert left == [left[0], left[0] - 1, left[0] - 2]


def test_an_exhausted_quota_refuses_kept_answers(
    admin: ApiClient, project: str, settings: Settings
) -> None:
    small = {
        "principal": {"requests": 4, "seconds": 60},
        "tenant": {"requests": 100, "seconds": 60},
    }
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, small)
    warm(admin, project)
    statuses = [read(admin, project).response.status_code for _ in range(3)]
    assert statuses == [200, 429, 429]


def test_a_kept_answer_is_logged_like_any(admin: ApiClient, project: str, log: LogCapture) -> None:
    admin.get(project)
    read(admin, project)
    made, kept = (entry for entry in log.entries if entry["event"] == "request")
    assert kept.pop("cached") is True
    same = ("method", "route", "status", "user_id", "tenant_id")
    assert {name: kept[name] for name in same} == {name: made[name] for name in same}


def test_another_token_of_the_same_user_is_asked_for_anew(
    admin: ApiClient, home: Tenant, project: str
) -> None:
    warm(admin, project)
    with tenant_scope(home):
        _, token = create_token(admin.user, name="other", actor=ACTOR)  # type: ignore[arg-type]  # it has one
    other = ApiClient(home, user=admin.user, token=token)
    assert not read(other, project).was_cached
    warm(other, project)


@pytest.mark.parametrize(
    "headers",
    [{"Accept": "application/*"}, {"Host": "iac.test"}, {"X-Tenant-ID": "of-the-test"}],
    ids=lambda each: next(iter(each)),
)
def test_another_request_is_asked_for_anew(
    admin: ApiClient, home: Tenant, project: str, headers: dict[str, str]
) -> None:
    warm(admin, project)
    headers = {k: home.slug if k == "X-Tenant-ID" else v for k, v in headers.items()}
    other = read(admin, project, **headers)
    assert (other.was_cached, other.response.status_code) == (False, 200)
    assert not read(admin, f"{PROJECTS}?ordering=name").was_cached


def test_each_spelling_of_a_query_is_asked_for_anew(admin: ApiClient, project: str) -> None:
    del project
    assert warm(admin, f"{PROJECTS}?search=%C3%A9").json()["results"] == []
    for query in ("search=%c3%a9", "search=\u00e9", "search=%C3%83%C2%A9", "search=%C3%A9&"):
        raw = query.encode().decode("latin-1")
        before = hits()
        assert admin.get(PROJECTS, QUERY_STRING=raw).status_code == 200
        assert hits() == before, query


def test_another_address_is_asked_for_anew(admin: ApiClient, project: str) -> None:
    warm(admin, project)
    admin.defaults["REMOTE_ADDR"] = "192.0.2.7"
    assert not read(admin, project).was_cached


def test_a_wrong_token_finds_nothing(admin: ApiClient, home: Tenant, project: str) -> None:
    warm(admin, project)
    for token in (
        admin.token[:-1] + ("y" if admin.token[-1] == "x" else "x"),
        f"{admin.token} ",
        admin.token.swapcase(),
    ):
        answer = read(ApiClient(home, token=token), project)
        assert (answer.was_cached, answer.response.status_code) == (False, 401)


def test_what_claims_to_be_another_tenants_is_refused(
    admin: ApiClient, project: str, committed_tenants: ThrowawayTenants, api: Api
) -> None:
    warm(admin, project)
    rival = committed_tenants()
    at_the_rivals = read(admin, project, Host=f"{rival.slug}.iac.test")
    assert (at_the_rivals.was_cached, at_the_rivals.response.status_code) == (False, 403)
    mismatch = read(admin, project, **{"X-Tenant-ID": str(rival.pk)})
    assert (mismatch.was_cached, mismatch.response.status_code) == (False, 403)
    assert read(api(rival), project).response.status_code == 404


def test_refusals_are_not_kept(admin: ApiClient, home: Tenant, project: str, api: Api) -> None:
    limited = api(home, "viewer")
    nothing = f"{PROJECTS}00000000-0000-4000-8000-00000000dead/"
    for client, path, status in (
        (admin, nothing, 404),
        (admin, f"{PROJECTS}?unknown=1", 400),
        (ApiClient(home), project, 401),
        (limited, "/api/v1/audit/", 403),
    ):
        for _ in range(2):
            answer = read(client, path)
            assert (answer.was_cached, answer.response.status_code) == (False, status), path


def test_what_is_never_kept(admin: ApiClient, project: str) -> None:
    for path in ("/api/v1/me/", "/api/v1/users/", "/api/v1/tokens/", "/api/v1/audit/"):
        assert [read(admin, path).was_cached for _ in range(2)] == [False, False]
    admin.cookies["sessionid"] = "anything"
    assert [read(admin, project).was_cached for _ in range(2)] == [False, False]


def test_within_a_transaction_nothing_is_kept(admin: ApiClient, project: str) -> None:
    warm(admin, project)
    with transaction.atomic(), tenant_scope(admin.tenant):  # type: ignore[arg-type]  # it has one
        Project.objects.update(description="not committed")
        inside = read(admin, project)
        assert (inside.was_cached, inside.response.json()["description"]) == (
            False,
            "not committed",
        )
        transaction.set_rollback(True)
    after = read(admin, project)
    assert (after.was_cached, after.response.json()["description"]) == (True, "")


def test_other_tenants_and_other_tables_leave_an_answer_kept(
    admin: ApiClient, blueprint: str, project: str, committed_tenants: ThrowawayTenants, api: Api
) -> None:
    version, neighbour = f"{blueprint}versions/1/", api(committed_tenants())
    for path in (project, version, PROJECTS):
        warm(admin, path)
    create(admin, BLUEPRINTS, name="Second", project=project.split("/")[-2], document=DOCUMENT)
    create(neighbour, PROJECTS, name="Elsewhere")
    assert [read(admin, path).was_cached for path in (project, version)] == [True, True]
    create(admin, PROJECTS, name="New")
    assert [read(admin, path).was_cached for path in (project, version, PROJECTS)] == [
        True,
        True,
        False,
    ]


def test_what_others_add_shows_at_once(
    admin: ApiClient, home: Tenant, blueprint: str, project: str, api: Api
) -> None:
    paths = [*CATALOGUES, project, *(blueprint + part for part in OF_A_BLUEPRINT)]
    for path in (*paths, f"{blueprint}versions/latest/"):
        warm(admin, path)
    assert admin.put(f"{blueprint}tags/live/", {"version": 1}).status_code == 201
    assert read(admin, f"{blueprint}versions/1/").response.json()["tags"] == ["live"]
    for path in paths:
        warm(admin, path)
    create(admin, f"{blueprint}versions/", document={**DOCUMENT, "region": "eu-west-1"})
    create(admin, BLUEPRINTS, name="Second", project=project.split("/")[-2], document=DOCUMENT)
    newcomer = api(home)
    for path in (*paths, f"{blueprint}versions/latest/", f"{blueprint}tags/live/"):
        assert read(admin, path).response.getvalue() == newcomer.get(path).getvalue(), path


def test_a_new_blueprint_empties_the_lists_of_blueprints_alone(
    admin: ApiClient, project: str, blueprint: str
) -> None:
    """And what lists versions, as it has one."""
    kept = [project, *CATALOGUES, *(blueprint + part for part in OF_A_BLUEPRINT)]
    lists = (BLUEPRINTS, blueprint + "versions/", blueprint + "tags/")
    others = [path for path in kept if path not in lists]
    for path in kept:
        warm(admin, path)
    of = project.removeprefix(PROJECTS).rstrip("/")
    create(admin, BLUEPRINTS, name="Another", project=of, document=DOCUMENT)
    assert [path for path in others if not read(admin, path).was_cached] == []
    shown = read(admin, BLUEPRINTS)
    assert not shown.was_cached
    assert {each["name"] for each in shown.response.json()["results"]} == {"Web", "Another"}


def test_only_addresses_whose_answers_may_be_kept_are_asked_for(
    admin: ApiClient, blueprint: str
) -> None:
    for path in ("/api/v1/me/", "/api/v1/users/", "/api/v1/usage/", "/api/v1/nothing/"):
        before = asked()
        admin.get(path)
        assert asked() == before, path
    before = asked()
    admin.get(blueprint)
    assert asked() == before + 1


def test_the_route_of_every_address_tells_whether_its_answer_may_be_kept() -> None:
    """By an id, a number, a name, and a name that looks like an id."""
    for value in (str(uuid4()), "7", "latest", "v1.2", "abcdef12-3456-4789-8abc-def123456789"):
        for route in routes():
            path = re.sub(r"{number}|{name}|{key}", value, route.template)
            path = re.sub(r"{\w+}", str(uuid4()), path)
            action = route.view.actions.get(route.actions.get("GET", ""))
            declared = action is not None and action.cached is not None
            if _is_served(path):
                assert is_cacheable(path) is declared, path


def _is_served(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
