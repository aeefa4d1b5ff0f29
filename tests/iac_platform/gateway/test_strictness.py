"""What nobody reads is refused, and what is refused changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.iac_platform.gateway.notes.models import DATABASE, Note
from tests.iac_platform.gateway.notes.views import NAMES_SERVED

if TYPE_CHECKING:
    from tests.iac_platform.gateway.test_viewsets import Api, Notes

NOTES = "/api/v1/notes/"
JSON = "application/json"


def _refused(response: Any, code: str, status: int = 400) -> Any:
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert NAMES_SERVED == []
    return response.json()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"name": "a", "name": "b"}', "name"),
        (b'{"name": "a", "n\\u0061me": "b"}', "name"),
        (b'{"name": "a", "places": [{"x": 1, "y": {"z": 1, "z": 1}}]}', "z"),
        (b'{"name": "a", "": 1.5, "": 1}', ""),
        (b'{"name": "a", "' + b"x" * 300 + b'": 1, "' + b"x" * 300 + b'": 1}', "x" * 100),
    ],
)
def test_of_two_members_with_one_name_none_is_taken(api: Api, body: bytes, name: str) -> None:
    problem = _refused(api("ann").post(NOTES, body, content_type=JSON), "bad-request")
    assert problem["detail"] == f"The member {name!r} stands twice in one object."


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a: b: c"}',
        b'{"owner": "ann", "name": "name"}',
        b'{"name": "a", "places": [' + b"9" * 18 + b", 1]}",
    ],
)
@pytest.mark.usefixtures("notes")
def test_a_name_may_stand_in_several_places(api: Api, body: bytes) -> None:
    assert api("ann").post(NOTES, body, content_type=JSON).status_code == 201


@pytest.mark.parametrize("body", [{"owner": "bob"}, {"name": "x", "revision": 7}])
def test_a_body_where_none_is_taken_is_refused_by_its_members(
    api: Api, notes: Notes, body: dict[str, Any]
) -> None:
    path, client = f"{NOTES}{notes('old').pk}/", api("ann")
    for problem in (
        _refused(client.post(f"{path}seal/", body, format="json"), "validation-failed"),
        _refused(client.delete(path, body, format="json", HTTP_IF_MATCH="*"), "validation-failed"),
    ):
        assert {each["pointer"] for each in problem["errors"]} == {f"/{name}" for name in body}
        assert {each["code"] for each in problem["errors"]} == {"unknown-member"}
    assert Note.objects.using(DATABASE).filter(name="old").exists()


@pytest.mark.parametrize("body", [b'["owner"]', b'"owner"', b"1"])
def test_an_action_without_a_body_refuses_other_bodies_too(
    api: Api, notes: Notes, body: bytes
) -> None:
    path = f"{NOTES}{notes().pk}/seal/"
    _refused(api("ann").post(path, body, content_type=JSON), "validation-failed")
    form = "application/x-www-form-urlencoded"
    _refused(api("ann").post(path, body, content_type=form), "unsupported-media-type", 415)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[]"])
def test_a_body_that_says_nothing_passes(api: Api, notes: Notes, body: bytes) -> None:
    path = f"{NOTES}{notes().pk}/"
    assert api("ann").post(f"{path}seal/", body, content_type=JSON).status_code == 200
    gone = api("ann").delete(path, body, content_type=JSON, HTTP_IF_MATCH="*")
    assert gone.status_code == 204


def test_a_change_has_no_query(api: Api, notes: Notes) -> None:
    path, body = f"{NOTES}{notes('old').pk}/", {"name": "new"}
    client = api("ann")
    for response in (
        client.post(f"{NOTES}?owner=bob&name=x", body, format="json"),
        client.patch(f"{path}?owner=bob&name=x", body, format="json", HTTP_IF_MATCH="*"),
        client.delete(f"{path}?owner=bob&name=x", HTTP_IF_MATCH="*"),
    ):
        errors = _refused(response, "validation-failed")["errors"]
        assert [each["parameter"] for each in errors] == ["name", "owner"]
    assert Note.objects.using(DATABASE).filter(name="old").exists()
    assert client.patch(path, body, format="json", HTTP_IF_MATCH="*").status_code == 200


def test_reading_takes_the_parameters_that_are_declared(api: Api, notes: Notes) -> None:
    path, client = f"{NOTES}{notes().pk}/", api("ann")
    for address in (path, NOTES):
        errors = _refused(client.get(f"{address}?fields=name"), "validation-failed")["errors"]
        assert [(each["parameter"], each["code"]) for each in errors] == [
            ("fields", "unknown-parameter")
        ]
    assert _refused(client.get(f"{path}?page_size=1"), "validation-failed")
    assert client.get(f"{NOTES}?page_size=1").status_code == 200


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"name": 5}, "Send a string, not a number."),
        ({"name": True}, "Send a string, not true."),
        ({"name": "a", "owner": 1.5}, "Send a string, not a number."),
        ({"name": "a", "places": [1.0, 2, "3"]}, "Send a whole number, not a string."),
    ],
)
def test_values_are_of_the_type_that_is_declared(
    api: Api, body: dict[str, Any], detail: str
) -> None:
    problem = _refused(api("ann").post(NOTES, body, format="json"), "validation-failed")
    assert [each["detail"] for each in problem["errors"]] == [detail]


def test_who_may_do_nothing_learns_nothing_of_it(api: Api, notes: Notes) -> None:
    path = f"{NOTES}{notes().pk}/?x=1"
    for who, status in ((None, 401), ("nil", 404)):
        response = api(who).delete(path, {"x": 1}, format="json", HTTP_IF_MATCH="*")
        assert response.status_code == status
