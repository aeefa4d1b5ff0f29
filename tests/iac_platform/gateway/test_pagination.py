from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from iac_platform.gateway.pagination import KeysetPagination
from tests.iac_platform.cache.conftest import acting_for
from tests.iac_platform.gateway.notes.models import DATABASE, Note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rest_framework.test import APIClient

    from tests.iac_platform.gateway.test_viewsets import Api, Notes

NOTES = "/api/v1/notes/"
_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def eleven(notes: Notes) -> list[Note]:
    """Eleven notes; always three share a moment and two a name."""
    return [
        notes(f"note {number // 2}", created_at=_NOON + timedelta(seconds=number // 3))
        for number in range(11)
    ]


def _pages(client: APIClient, start: str, link: str = "next") -> Iterator[dict[str, Any]]:
    following: str | None = start
    while following is not None:
        response = client.get(following)
        assert response.status_code == 200, response.content
        page: dict[str, Any] = response.json()
        yield page
        following = page[link]


def _ids(pages: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> list[list[str]]:
    return [[note["id"] for note in page["results"]] for page in pages]


@pytest.mark.parametrize("ordering", [None, "created_at", "-created_at", "name", "-name"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 10, 11, 200])
@pytest.mark.usefixtures("eleven")
def test_pages_hold_every_object_once_in_order_forwards_and_back(
    api: Api, size: int, ordering: str | None
) -> None:
    query = f"?page_size={size}" + (f"&ordering={ordering}" if ordering else "")
    client, column = api("ann"), ordering or "-created_at"
    forwards = list(_pages(client, NOTES + query))
    tie_breaker = "-id" if column.startswith("-") else "id"
    expected = [str(note.pk) for note in Note.objects.using(DATABASE).order_by(column, tie_breaker)]
    assert [identity for page in _ids(forwards) for identity in page] == expected
    assert all(len(page) == size for page in _ids(forwards)[:-1])
    if forwards[-1]["previous"]:
        back = list(_pages(client, forwards[-1]["previous"], "previous"))
        assert [identity for page in _ids(back)[::-1] for identity in page] == [
            identity for page in _ids(forwards)[:-1] for identity in page
        ]


@pytest.mark.usefixtures("eleven")
def test_the_first_page_has_no_previous_and_the_last_no_next(api: Api) -> None:
    pages = list(_pages(api("ann"), f"{NOTES}?page_size=4"))
    assert [(page["previous"] is None, page["next"] is None) for page in pages] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert set(pages[0]) == {"next", "previous", "results"}


@pytest.mark.parametrize("name", ["\N{GRINNING FACE}" * 50, "a&b=c#d?%00", "'\"\\", " "])
def test_any_name_may_be_a_position(api: Api, notes: Notes, name: str) -> None:
    for _ in range(3):
        notes(name)
    pages = list(_pages(api("ann"), f"{NOTES}?page_size=1&ordering=name"))
    assert len({identity for page in _ids(pages) for identity in page}) == len(pages) == 3


def test_rows_that_come_and_go_move_no_page(api: Api, eleven: list[Note], notes: Notes) -> None:
    first, *_ = _pages(api("ann"), f"{NOTES}?page_size=4&ordering=created_at")
    for identity in [note["id"] for note in first["results"]]:
        Note.objects.using(DATABASE).filter(pk=identity).delete()
    notes("early", created_at=_NOON - timedelta(days=1))
    rest = [identity for page in _ids(_pages(api("ann"), first["next"])) for identity in page]
    gone = {note["id"] for note in first["results"]}
    assert set(rest) == {str(note.pk) for note in eleven} - gone


def test_the_way_back_from_an_empty_page_misses_nothing(api: Api, eleven: list[Note]) -> None:
    first, *_ = _pages(api("ann"), f"{NOTES}?page_size=4&ordering=created_at")
    kept = [note["id"] for note in first["results"]]
    Note.objects.using(DATABASE).exclude(pk__in=kept).delete()
    empty = api("ann").get(first["next"]).json()
    assert (empty["results"], empty["next"]) == ([], None)
    assert _ids([api("ann").get(empty["previous"]).json()]) == [kept]
    assert eleven


@pytest.mark.usefixtures("eleven")
def test_a_filter_stays_with_the_links(api: Api, notes: Notes) -> None:
    for _ in range(3):
        notes("other", "bob")
    pages = list(_pages(api("ann"), f"{NOTES}?owner=bob&page_size=2"))
    assert [len(page["results"]) for page in pages] == [2, 1]


@pytest.mark.parametrize("size", ["0", "201", "-1", "x", "", "1e3", "٣", "9" * 400])
@pytest.mark.usefixtures("eleven")
def test_a_senseless_page_size_is_refused(api: Api, size: str) -> None:
    response = api("ann").get(NOTES, {"page_size": size})
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "page_size"


@pytest.mark.parametrize("ordering", ["owner", "revision", "created_at,name", "--name", "", "id"])
@pytest.mark.usefixtures("eleven")
def test_an_order_that_is_not_offered_is_refused(api: Api, ordering: str) -> None:
    response = api("ann").get(NOTES, {"ordering": ordering})
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "ordering"


def _cursor(api: Api, query: str = "?page_size=2") -> str:
    link: str = api("ann").get(NOTES + query).json()["next"]
    return parse_qs(urlsplit(link).query)["cursor"][0]


def _refused(api: Api, cursor: str, query: str = "") -> bool:
    response = api("ann").get(f"{NOTES}?cursor={cursor}{query}")
    body = response.json()
    if response.status_code == 400:
        assert body["errors"][0]["parameter"] == "cursor"
        assert "results" not in body
    return response.status_code == 400


@pytest.mark.usefixtures("eleven")
def test_a_cursor_of_another_tenant_path_or_order_is_refused(api: Api) -> None:
    with acting_for(uuid4()):
        cursor = _cursor(api)
        assert not _refused(api, cursor)
        assert _refused(api, cursor, "&ordering=name")
    with acting_for(uuid4()):
        assert _refused(api, cursor)
    assert _refused(api, cursor)


@pytest.mark.usefixtures("eleven")
def test_a_cursor_that_was_tampered_with_is_refused(api: Api) -> None:
    cursor = _cursor(api)
    assert not _refused(api, cursor)
    tampered = [cursor[1:], cursor[:-1], f"A{cursor}", "", "x", ":", "a:b", cursor * 40]
    assert all(_refused(api, candidate) for candidate in tampered)


@pytest.mark.usefixtures("eleven")
def test_a_cursor_is_its_paths_own() -> None:
    def page(address: str) -> str:
        request = Request(APIRequestFactory().get(address))
        pages = KeysetPagination()
        pages.paginate_queryset(Note.objects.using(DATABASE).all(), request)
        link: str = pages.get_paginated_response([]).data["next"]
        return urlsplit(link).query

    query = page("/one/?page_size=2")
    assert page(f"/one/?{query}") != query
    with pytest.raises(ValidationError, match="as it is"):
        page(f"/another/?{query}")


class _Nullable(models.Model):
    due_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "gateway_notes"

    def __str__(self) -> str:
        return str(self.pk)


def test_a_column_that_may_be_null_cannot_order_pages() -> None:
    class View:
        ordering = ("due_at",)

    request = Request(APIRequestFactory().get("/"))
    rows: models.QuerySet[_Nullable] = models.QuerySet(_Nullable)
    with pytest.raises(ImproperlyConfigured, match="due_at"):
        KeysetPagination().paginate_queryset(rows, request, View())  # type: ignore[arg-type]  # all it asks a view
