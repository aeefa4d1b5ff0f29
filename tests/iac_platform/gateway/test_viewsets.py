from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.iac_platform.gateway.notes.models import DATABASE, Note
from tests.iac_platform.gateway.notes.views import NAMES_SERVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.test import APIClient

    Api = Callable[[str | None], APIClient]
    Notes = Callable[..., Note]

NOTES = "/api/v1/notes/"


def _names(response: Any) -> list[str]:
    return sorted(note["name"] for note in response.json()["results"])


def _any_tag(client: APIClient, path: str, method: str) -> Any:
    body = {"name": "new"} if method in {"post", "patch", "put"} else None
    return getattr(client, method)(path, body, format="json", HTTP_IF_MATCH="*")


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
def test_nobody_in_particular_is_asked_for_a_token(api: Api, notes: Notes, method: str) -> None:
    path = f"{NOTES}{notes().pk}/" if method in {"patch", "delete"} else NOTES
    response = _any_tag(api(None), path, method)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["code"] == "not-authenticated"


def test_a_wrong_token_is_a_401(api: Api, notes: Notes) -> None:
    notes()
    response = api("mallory").get(NOTES)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="notes"'


@pytest.mark.parametrize(
    ("who", "seen"),
    [("ann", ["of ann", "of eve"]), ("eve", ["of eve"])],
)
def test_a_list_holds_what_its_reader_may_see(
    api: Api, notes: Notes, who: str, seen: list[str]
) -> None:
    notes("of ann", "ann")
    notes("of eve", "eve")
    assert _names(api(who).get(NOTES)) == seen


def test_without_the_permission_a_list_is_a_403(api: Api, notes: Notes) -> None:
    notes()
    assert api("nil").get(NOTES).status_code == 403


@pytest.mark.parametrize(
    ("who", "owner", "method", "status"),
    [
        ("ann", "ann", "get", 200),
        ("ann", "bob", "patch", 200),
        ("ann", "bob", "delete", 204),
        ("bob", "bob", "patch", 200),
        ("bob", "ann", "get", 200),
        ("bob", "ann", "patch", 403),  # may read it, holds the permission for their own only
        ("bob", "bob", "delete", 403),  # may read it, does not hold the permission at all
        ("eve", "eve", "get", 200),
        ("eve", "eve", "patch", 403),
        ("eve", "ann", "get", 404),
        ("eve", "ann", "patch", 404),
        ("eve", "ann", "delete", 404),
        ("nil", "ann", "get", 404),
        ("nil", "ann", "delete", 404),
    ],
)
def test_unreadable_is_404_and_readable_but_forbidden_403(
    api: Api, notes: Notes, who: str, owner: str, method: str, status: int
) -> None:
    note = notes("old", owner)
    response = _any_tag(api(who), f"{NOTES}{note.pk}/", method)
    assert response.status_code == status
    left = Note.objects.using(DATABASE).filter(name="old").count()
    assert left == (0 if method != "get" and status < 300 else 1)


def test_extra_actions_are_held_to_the_same_rule(api: Api, notes: Notes) -> None:
    note = notes("sealed", "ann")
    path = f"{NOTES}{note.pk}/seal/"
    assert [api(who).post(path).status_code for who in ("eve", "bob")] == [404, 403]
    assert NAMES_SERVED == []
    assert api("ann").post(path).status_code == 200
    assert NAMES_SERVED == ["sealed"]


@pytest.mark.parametrize("identity", ["6f1c0f0e-8a56-4a0e-9d7b-0f3a6c2d9b11", "not-a-uuid", "0"])
def test_what_does_not_exist_looks_like_what_is_not_ones_own(
    api: Api, notes: Notes, identity: str
) -> None:
    hidden = notes("hidden", "ann")
    bodies = []
    for name in (str(hidden.pk), identity):
        response = api("eve").get(f"{NOTES}{name}/")
        assert response.status_code == 404
        body = response.json()
        del body["request_id"], body["instance"]
        bodies.append((body, sorted(response.headers)))
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("method", ["put", "post"])
def test_a_verb_that_nobody_declared_is_a_405(api: Api, notes: Notes, method: str) -> None:
    note = notes()
    path = f"{NOTES}{note.pk}/" if method == "put" else f"{NOTES}{note.pk}/forgotten/"
    response = _any_tag(api("ann"), path, method)
    assert response.status_code == 405
    assert response.json()["code"] == "method-not-allowed"
    assert method.upper() not in response["Allow"]


def test_options_tells_the_methods_and_nothing_else(api: Api, notes: Notes) -> None:
    note = notes()
    for identity in (note.pk, uuid4()):
        response = api("eve").options(f"{NOTES}{identity}/")
        assert (response.status_code, response.content) == (204, b"")
        assert response["Allow"] == "GET, PATCH, DELETE, HEAD, OPTIONS"


@pytest.mark.usefixtures("notes")
def test_what_is_created_is_where_the_location_says(api: Api) -> None:
    created = api("ann").post(NOTES, {"name": "new"}, format="json")
    assert created.status_code == 201
    found = api("ann").get(created["Location"])
    assert found.json() == created.json()
    assert found["ETag"] == created["ETag"]


def test_a_member_that_nobody_declared_is_refused(api: Api, notes: Notes) -> None:
    notes()
    body = {"name": "new", "revision": 9, "id": str(uuid4()), "tenant_id": "x"}
    response = api("ann").post(NOTES, body, format="json")
    assert response.status_code == 400
    places = {place["pointer"]: place["code"] for place in response.json()["errors"]}
    assert places == dict.fromkeys(("/revision", "/id", "/tenant_id"), "unknown-member")
    assert NAMES_SERVED == []


def test_a_parameter_that_does_nothing_is_refused(api: Api, notes: Notes) -> None:
    notes("one", "ann")
    notes("two", "bob")
    response = api("ann").get(NOTES, {"ownr": "bob"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "ownr"
    assert _names(api("ann").get(NOTES, {"owner": "bob"})) == ["two"]
