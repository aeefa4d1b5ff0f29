from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from rest_framework.permissions import AllowAny

from iac_platform.cache import ledger
from iac_platform.cache.configuration import caches
from iac_platform.cache.stores.local import process_store
from tests.iac_platform.cache.conftest import acting_for
from tests.iac_platform.gateway.notes.access import PEOPLE
from tests.iac_platform.gateway.notes.models import DATABASE, Note
from tests.iac_platform.gateway.notes.views import NAMES_SERVED, NoteViewSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import Settings

    from tests.iac_platform.gateway.test_viewsets import Api, Notes

NOTES = "/api/v1/notes/"


@pytest.fixture(autouse=True)
def _in_a_tenant(notes: Notes) -> Iterator[None]:
    del notes
    with acting_for(uuid4()):
        yield


def _post(
    api: Api, body: Any = None, *, who: str = "ann", key: str = "key", path: str = NOTES
) -> Any:
    body = body or ({} if path.endswith("/seal/") else {"name": "a"})
    return api(who).post(path, body, format="json", HTTP_IDEMPOTENCY_KEY=key)


def test_a_repeated_request_is_carried_out_once(api: Api) -> None:
    first, second = _post(api), _post(api)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    for header in ("Location", "ETag", "Content-Type"):
        assert first[header] == second[header]
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert NAMES_SERVED == ["a"]


def test_without_a_key_each_request_counts(api: Api) -> None:
    for _ in range(2):
        assert api("ann").post(NOTES, {"name": "a"}, format="json").status_code == 201
    assert NAMES_SERVED == ["a", "a"]


def test_the_quoted_form_of_a_key_is_the_same_key(api: Api) -> None:
    _post(api, key="key")
    assert _post(api, key='"key"')["Idempotent-Replayed"] == "true"


def test_another_request_with_the_same_key_is_refused(api: Api) -> None:
    _post(api)
    response = _post(api, {"name": "b"})
    assert (response.status_code, response.json()["code"]) == (422, "idempotency-key-reused")
    assert NAMES_SERVED == ["a"]


def test_a_key_is_its_principals_and_its_tenants_own(api: Api) -> None:
    _post(api)
    assert "Idempotent-Replayed" not in _post(api, who="bob")
    with acting_for(uuid4()):
        assert "Idempotent-Replayed" not in _post(api)
    assert len(NAMES_SERVED) == 3


def test_a_key_is_its_routes_own(api: Api) -> None:
    identities = [_post(api, key=key).json()["id"] for key in ("1", "2")]
    answers = [_post(api, path=f"{NOTES}{identity}/seal/") for identity in identities]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert not any("Idempotent-Replayed" in answer for answer in answers)


def test_what_failed_may_be_tried_again(api: Api) -> None:
    for body, status in [({"name": ""}, 400), ({"name": "taken"}, 409), ({"name": "crash"}, 500)]:
        assert _post(api, body).status_code == status
    assert _post(api).status_code == 201
    assert _post(api)["Idempotent-Replayed"] == "true"


def test_while_the_first_is_running_the_second_is_told_so(api: Api) -> None:
    answers: list[Any] = []

    class _Slow(list[str]):
        def append(self, name: str) -> None:
            if not answers:
                answers.append(None)
                answers[0] = _post(api)
            super().append(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.iac_platform.gateway.notes.views.NAMES_SERVED", served := _Slow())
        assert _post(api).status_code == 201
    assert answers[0].status_code == 409
    assert answers[0].json()["code"] == "idempotency-in-progress"
    assert answers[0]["Retry-After"] == "1"
    assert served == ["a"]


def test_a_key_of_a_request_that_died_is_free_in_minutes_and_that_of_one_that_succeeded_in_a_day(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def later(seconds: float) -> None:
        clock = process_store._clock  # noqa: SLF001  # time passes
        monkeypatch.setattr(process_store, "_clock", lambda: clock() + seconds)

    with monkeypatch.context() as patch:  # what a killed process does: nothing
        patch.setattr(NoteViewSet, "_settle", lambda *_: None)
        assert _post(api).status_code == 201
    for seconds, code in [(0, "idempotency-in-progress"), (295, "idempotency-in-progress")]:
        later(seconds)
        assert _post(api).json()["code"] == code
    later(10)
    assert _post(api).status_code == 201
    later(24 * 3600 - 10)
    assert _post(api)["Idempotent-Replayed"] == "true"
    later(20)
    assert "Idempotent-Replayed" not in _post(api)
    assert NAMES_SERVED == ["a", "a", "a"]


def test_a_key_whose_outcome_nobody_knows_stays_taken_for_a_day(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:  # as where the database goes away while it commits
        patch.setattr(NoteViewSet, "_settle", lambda view, _response: view._leave_open())  # noqa: SLF001  # likewise
        assert _post(api).status_code == 201
    clock = process_store._clock  # noqa: SLF001  # time passes
    for seconds, code in [(0, "outcome-unknown"), (24 * 3600 - 10, "outcome-unknown")]:
        monkeypatch.setattr(process_store, "_clock", lambda passed=seconds: clock() + passed)
        refused = _post(api)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    monkeypatch.setattr(process_store, "_clock", lambda: clock() + 24 * 3600 + 10)
    assert _post(api).status_code == 201


def test_a_secret_is_neither_stored_nor_shown_twice(api: Api) -> None:
    path = f"{NOTES}secret/"
    first, second = _post(api, path=path), _post(api, path=path)
    assert first.json() == {"secret": "s3cret-1"}
    assert (second.status_code, second.json()["code"]) == (409, "already-done")
    assert NAMES_SERVED == ["secret"]
    stored = b"".join(value for value, _ in process_store._entries.values())  # noqa: SLF001  # what is at rest
    assert b"already" not in stored
    assert b"czNjcmV0" not in stored
    assert b"s3cret" not in stored


def test_anonymous_clients_share_no_idempotency_keys(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where anybody may ask, a key is nobody's: each request is carried out."""
    monkeypatch.setattr(NoteViewSet, "permission_classes", (AllowAny,))
    path = f"{NOTES}secret/"
    answers = [api(None).post(path, {}, format="json", HTTP_IDEMPOTENCY_KEY="key") for _ in "ab"]
    assert [answer.json()["secret"] for answer in answers] == ["s3cret-1", "s3cret-2"]
    with acting_for(None):  # as at a host that belongs to no tenant
        assert api(None).post(path, {}, HTTP_IDEMPOTENCY_KEY="key").status_code == 201
    assert (_post(api, path=path).status_code, _post(api, path=path).status_code) == (201, 409)


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "ключ", "a\tb", '""'])
def test_a_malformed_key_is_refused(api: Api, key: str) -> None:
    response = _post(api, key=key)
    assert (response.status_code, response.json()["code"]) == (400, "idempotency-key-malformed")
    assert NAMES_SERVED == []


@pytest.mark.parametrize("key", ["k" * 255, "6f1c0f0e-8a56-4a0e-9d7b-0f3a6c2d9b11", "a b"])
def test_a_proper_key_is_accepted(api: Api, key: str) -> None:
    assert _post(api, key=key).status_code == 201


def test_a_replay_is_held_to_the_rights_of_now(api: Api) -> None:
    identity = _post(api).json()["id"]
    path = f"{NOTES}{identity}/seal/"
    assert _post(api, path=path).status_code == 200
    assert _post(api, path=path)["Idempotent-Replayed"] == "true"
    rights = PEOPLE["ann"].rights
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PEOPLE["ann"], "rights", rights | {"note.change": "own"})
        Note.objects.using(DATABASE).update(owner="bob")
        assert _post(api, path=path).status_code == 403
        patch.setattr(PEOPLE["ann"], "rights", {})
        assert _post(api, path=path).status_code == 404
        assert _post(api).status_code == 403


def test_without_its_store_a_key_cannot_be_honoured(api: Api, settings: Settings) -> None:
    settings.CACHES = caches("redis://127.0.0.1:1/0")
    response = _post(api)
    assert (response.status_code, response.json()["code"]) == (503, "cache-unavailable")
    assert response["Retry-After"] == "5"
    assert NAMES_SERVED == []
    assert api("ann").post(NOTES, {"name": "a"}, format="json").status_code == 201


def test_the_record_names_neither_the_key_nor_the_body(api: Api) -> None:
    _post(api, {"name": "visible"}, key="my-key")
    stored = dict(process_store._entries)  # noqa: SLF001  # what is at rest
    assert not any("my-key" in key for key in stored)
    assert ledger.read("idempotency", "my-key") is None
