"""A request stays what it is when its address lacks a slash, and leads nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.iac_platform.gateway.notes.views import NAMES_SERVED

if TYPE_CHECKING:
    from django.test import Client

    from tests.iac_platform.gateway.test_viewsets import Api

CHANGES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.mark.usefixtures("notes")
def test_a_post_without_the_slash_is_carried_out_by_who_follows(api: Api) -> None:
    response = api("ann").post("/api/v1/notes", {"name": "a"}, format="json", follow=True)
    assert response.redirect_chain == [("/api/v1/notes/", 308)]
    assert (response.status_code, NAMES_SERVED) == (201, ["a"])


@pytest.mark.parametrize("method", CHANGES)
def test_no_change_becomes_a_page(client: Client, method: str) -> None:
    for path in ("/api/v1/notes", "/pages/fine"):
        response = client.generic(method, f"{path}?a=1", b"{}", "application/json")
        assert (response.status_code, response["Location"]) == (308, f"{path}/?a=1")
    assert NAMES_SERVED == []


def test_what_is_read_is_sent_on_as_ever(client: Client) -> None:
    for method in ("GET", "HEAD"):
        response = client.generic(method, "/api/v1/notes?a=1")
        assert (response.status_code, response["Location"]) == (301, "/api/v1/notes/?a=1")


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/api/v1/notes",
        "///evil.example/pages/fine",
        "/\\evil.example/api/v1/notes",
        "/api/v1/notes/..//evil.example",
        "/api/v1/nowhere",
        "/api/v1/notes%0d%0aLocation:%20//evil.example",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_stays_on_this_host(client: Client, method: str, path: str) -> None:
    response = client.generic(method, "/", b"{}", "application/json", PATH_INFO=path)
    location = response.headers.get("Location", "")
    assert location == "" or (location.startswith("/") and location[1:2] not in {"/", "\\"})
    if not location:
        assert response.status_code == 404
