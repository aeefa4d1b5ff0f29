from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from iac_platform.gateway.etags import tag_of
from tests.iac_platform.gateway.notes.models import DATABASE, Note

if TYPE_CHECKING:
    from tests.iac_platform.gateway.test_viewsets import Api, Notes

NOTES = "/api/v1/notes/"


def _change(api: Api, note: Note, **headers: Any) -> Any:
    return api("ann").patch(f"{NOTES}{note.pk}/", {"name": "new"}, format="json", **headers)


def _name(note: Note) -> str:
    return Note.objects.using(DATABASE).get(pk=note.pk).name


def test_a_change_names_the_revision_it_is_based_on(api: Api, notes: Notes) -> None:
    note = notes("old")
    tag = api("ann").get(f"{NOTES}{note.pk}/")["ETag"]
    changed = _change(api, note, HTTP_IF_MATCH=tag)
    assert (changed.status_code, _name(note)) == (200, "new")
    assert changed["ETag"] == api("ann").get(f"{NOTES}{note.pk}/")["ETag"] != tag


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 428, "precondition-required"),
        ('"stale"', 412, "precondition-failed"),
        ("W/{tag}", 412, "precondition-failed"),
        ("", 400, "bad-request"),
        ("stale", 400, "bad-request"),
    ],
)
@pytest.mark.parametrize("method", ["patch", "delete"])
def test_without_the_right_revision_nothing_changes(
    api: Api, notes: Notes, method: str, header: str | None, status: int, code: str
) -> None:
    note = notes("old")
    tag = api("ann").get(f"{NOTES}{note.pk}/")["ETag"]
    headers = {} if header is None else {"HTTP_IF_MATCH": header.format(tag=tag)}
    body = {"name": "new"} if method == "patch" else None
    response = getattr(api("ann"), method)(f"{NOTES}{note.pk}/", body, format="json", **headers)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert _name(note) == "old"


def test_one_of_several_tags_is_enough_and_a_star_is_any(api: Api, notes: Notes) -> None:
    note = notes("old")
    tag = api("ann").get(f"{NOTES}{note.pk}/")["ETag"]
    assert _change(api, note, HTTP_IF_MATCH=f'"other", {tag}').status_code == 200
    assert _change(api, note, HTTP_IF_MATCH="*").status_code == 200


def test_of_two_writers_with_the_same_revision_the_second_is_refused(
    api: Api, notes: Notes
) -> None:
    note = notes("old")
    tag = api("ann").get(f"{NOTES}{note.pk}/")["ETag"]
    answers = [_change(api, note, HTTP_IF_MATCH=tag).status_code for _ in range(2)]
    assert answers == [200, 412]


def test_rights_come_before_revisions(api: Api, notes: Notes) -> None:
    note = notes("old", "ann")
    path = f"{NOTES}{note.pk}/"
    body = {"name": "new"}
    assert api("eve").patch(path, body, format="json").status_code == 404
    assert api("bob").patch(path, body, format="json").status_code == 403


@pytest.mark.parametrize("wanted", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_what_the_client_has_is_not_sent_again(api: Api, notes: Notes, wanted: str) -> None:
    note = notes()
    path = f"{NOTES}{note.pk}/"
    tag = api("ann").get(path)["ETag"]
    response = api("ann").get(path, HTTP_IF_NONE_MATCH=wanted.format(tag=tag))
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", tag)
    assert api("ann").get(path, HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_not_modified_is_said_only_to_those_who_may_read(api: Api, notes: Notes) -> None:
    note = notes("old", "ann")
    path = f"{NOTES}{note.pk}/"
    tag = api("ann").get(path)["ETag"]
    assert api("eve").get(path, HTTP_IF_NONE_MATCH=tag).status_code == 404


def test_tags_differ_by_object_by_revision_and_by_what_is_shown(notes: Notes) -> None:
    first, second = notes(), notes()
    tags = {tag_of(first, {"name": "same"}), tag_of(second, {"name": "same"})}
    tags.add(tag_of(first, {"name": "other"}))
    first.revision = 2
    tags.add(tag_of(first, {"name": "same"}))
    assert len(tags) == 4
    assert tag_of(None, {"name": "same"}) == tag_of(object(), {"name": "same"}) not in tags


def test_a_change_is_based_on_the_revision_whatever_else_is_shown(api: Api, notes: Notes) -> None:
    note = notes("old")
    elsewhere = tag_of(note, {"name": "old", "derived": "from another row, as it was before"})
    assert _change(api, note, HTTP_IF_MATCH=elsewhere).status_code == 200
    assert _change(api, note, HTTP_IF_MATCH=elsewhere).status_code == 412


def test_the_revision_alone_is_enough(api: Api, notes: Notes) -> None:
    note = notes("old")
    stale = [
        _change(api, note, HTTP_IF_MATCH=tag).status_code for tag in ('"2"', '"11"', '""', "1")
    ]
    assert (stale, _name(note)) == ([412, 412, 412, 400], "old")
    assert _change(api, note, HTTP_IF_MATCH='"1"').status_code == 200


def test_a_row_that_was_made_again_is_another(api: Api, notes: Notes) -> None:
    gone, note = notes("old"), notes("old")
    stale = tag_of(gone, {})
    assert _change(api, note, HTTP_IF_MATCH=stale).status_code == 412
    assert _change(api, note, HTTP_IF_MATCH=tag_of(note, {})).status_code == 200
