"""Large and wide bodies cost little and are answered briefly: bytes and problems, not time.

Generated from the URL configuration: an address is attacked the day it appears.
"""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.urls import get_resolver

from rbac import attempts
from tenants.context import tenant_scope
from tests.api.resources import SAMPLES, operations, path_of
from tests.api.routes import walk
from tests.api.test_mass_assignment import ANY_REVISION, CHANGES, declared
from tests.api_client import JSON, ApiClient, body
from tests.effort import calls_of
from tests.sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Hashable

    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.api.attacks import Attack

KIB = 1024
VIEWS = dict(walk(get_resolver().url_patterns, "/"))
ADDRESSES = list(VIEWS)
SOMETHING = str(UUID(int=7))
BOUNDARY = "large-file"
FORM = "application/x-www-form-urlencoded"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
REVOKE = "/api/v1/tokens/revoke/"
FEW, MANY = 1_000, 10_000


class CountedInput(BytesIO):
    """A body that counts how much of it is read."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.taken += len(piece)
        return piece


def _large() -> dict[str, bytes]:
    members = {f"member-{number}": number for number in range(40_000)}
    file = b"x" * 600_000
    return {
        JSON: json.dumps(members).encode(),
        FORM: "&".join(f"{name}={value}" for name, value in members.items()).encode(),
        MULTIPART: b"".join(
            (
                f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode(),
                b'name="token"; filename="token.bin"\r\n\r\n',
                file,
                f"\r\n--{BOUNDARY}--\r\n".encode(),
            )
        ),
    }


LARGE = _large()


def _without_credentials(
    client: ApiClient, method: str, path: str, kind: str, *, chunked: bool
) -> tuple[Any, int]:
    """The answer to a large body, and how much of it was read."""
    given = CountedInput(LARGE[kind])
    extra: dict[str, Any] = {"wsgi.input": given, "CONTENT_TYPE": kind}
    if chunked:
        extra |= {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    else:
        extra["CONTENT_LENGTH"] = str(len(LARGE[kind]))
    return client.generic(method, path, **extra), given.taken


def _path(template: str) -> str:
    """An address of this form, of something that is not there."""
    path = template
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + SOMETHING + rest.partition("}")[2]
    return path


def test_what_is_attacked_is_all_that_there_is() -> None:
    assert {operation.split(" ")[1] for operation in operations()} <= set(ADDRESSES)
    assert {REVOKE, "/login/", "/invitation/", "/api/schema/"} <= set(ADDRESSES)


def _signature(template: str) -> Hashable:
    """What becomes of a body without credentials depends on: what guards the view, and reads it.

    Whatever anybody may ask stands for itself alone, and so does what is no view of a class.
    """
    view: Any = getattr(VIEWS[template], "cls", None)
    if view is None:
        admin = getattr(VIEWS[template], "model_admin", None)
        return template if admin is None else type(admin).__name__
    public = any(SAMPLES[each].public for each in operations() if each.endswith(f" {template}"))
    guards = (*view.authentication_classes, *view.permission_classes, *view.parser_classes)
    return template if public or not view.permission_classes else guards


WITH_EVERY_BODY = set(
    sampled(
        "addresses that get every kind of large body without credentials: one a set of guards"
        " (the others get JSON with its length)",
        ADDRESSES,
        by=_signature,
    )
)


@pytest.mark.parametrize("chunked", [False, True], ids=["with-its-length", "in-chunks"])
@pytest.mark.parametrize("kind", [JSON, MULTIPART], ids=["json", "file"])
def test_without_credentials_little_is_read_and_little_is_answered(
    acme: Tenant, kind: str, chunked: bool, subtests: pytest.Subtests
) -> None:
    usual = kind == JSON and not chunked
    for template in ADDRESSES if usual else sorted(WITH_EVERY_BODY):
        full = template in WITH_EVERY_BODY
        for method in {"POST", *_declared_at(template)}:
            with subtests.test(f"{method} {template}"):
                for client in [ApiClient(acme), ApiClient()] if full else [ApiClient(acme)]:
                    response, taken = _without_credentials(
                        client, method, _path(template), kind, chunked=chunked
                    )
                    assert taken <= 16 * KIB + 1
                    assert response.status_code < 500
                    if method != "GET":
                        assert response.status_code >= 300
                        assert len(body(response)) <= 4 * KIB


def _declared_at(template: str) -> set[str]:
    return {each.split(" ")[0] for each in operations() if each.endswith(f" {template}")}


def test_credentials_that_are_not_looked_at_open_nothing_larger(
    acme: Tenant, subtests: pytest.Subtests
) -> None:
    for kind in LARGE:
        with subtests.test(kind):
            client = ApiClient(acme, token="made-up")
            response, taken = _without_credentials(client, "POST", REVOKE, kind, chunked=False)
            assert (response.status_code, taken) == (413, 0)


@pytest.mark.parametrize(("length", "status"), [(16 * KIB, 400), (16 * KIB + 1, 413)])
def test_sixteen_kib_are_read_and_not_a_byte_more(acme: Tenant, length: int, status: int) -> None:
    text = json.dumps({"token": "x"})
    padded = text + " " * (length - len(text))
    response = ApiClient(acme).generic("POST", REVOKE, padded, JSON)
    assert response.status_code == status
    assert response.json()["code"] == {400: "invalid-token", 413: "too-large"}[status]


def test_a_request_is_counted_before_its_body_is_read(acme: Tenant, settings: Settings) -> None:
    settings.RATE_LIMITS = {
        **django_settings.RATE_LIMITS,
        "anonymous": {"address": {"requests": 2, "seconds": 60}},
    }
    client, statuses, read = ApiClient(acme), [], []
    for _ in range(4):
        given = CountedInput(b"{")
        extra: dict[str, Any] = {"wsgi.input": given, "CONTENT_TYPE": JSON, "CONTENT_LENGTH": "1"}
        response = client.generic("POST", REVOKE, **extra, REMOTE_ADDR="192.0.2.77")
        statuses.append(response.status_code)
        read.append(given.taken)
    assert statuses == [400, 400, 429, 429]
    assert read == [1, 1, 0, 0]


# --- With credentials -------------------------------------------------------------------
def _wide(count: int) -> list[Any]:
    """Values that are wide: of wrong and of right kinds."""
    return [
        [SOMETHING] * count,
        [1] * count,
        {f"member-{number}": 1 for number in range(count)},
        "x" * (4 * count),
    ]


def _valid(attack: Attack, operation: str) -> dict[str, Any]:
    sample = SAMPLES[operation].body
    return dict(sample(attack.attacker.fixture)) if sample else {}


def _send(attack: Attack, operation: str, content: str) -> Any:
    side, sample = attack.attacker, SAMPLES[operation]
    path = path_of(operation, sample, side.fixture)
    client, method = side.entitled(operation), operation.partition(" ")[0]
    with transaction.atomic():
        if sample.prepare is not None:
            with tenant_scope(side.tenant):
                sample.prepare(side.fixture)
        response = client.generic(method, path, content, JSON, headers=ANY_REVISION)
        transaction.set_rollback(True)
    return response


MEMBERS = [
    (operation, member)
    for operation in CHANGES
    for member in declared(operation)
    if member != "document"  # test_effort.py measures these
]


def _kind_of(operation: str, member: str) -> Hashable:
    """What refusing a value depends on: what the document says that it may be, but for figures."""
    schema = {**declared(operation)[member]}
    schema.pop("description", None)
    schema.pop("default", None)
    return SAMPLES[operation].public and member, re.sub(r"\d+", "0", json.dumps(schema))


WIDE = set(
    sampled(
        "members of bodies that are tried with wide values: one a type",
        MEMBERS,
        by=lambda each: _kind_of(*each),
    )
)


def _wide_bodies(attack: Attack, operation: str, count: int) -> dict[str, str]:
    """Bodies in which a member is wide, and one with members that nobody declared."""
    valid = _valid(attack, operation)
    bodies = {"undeclared": json.dumps({**valid, **_wide(count)[2]})}
    for member in declared(operation):
        for kind, value in enumerate(_wide(count) if (operation, member) in WIDE else ()):
            bodies[f"{member}-{kind}"] = json.dumps({**valid, member: value})
    return bodies


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of tries have tests of their own."""
    for limit in ("TRIES_AT_ACCOUNT", "TRIES_FROM_NETWORK", "TRIES_FROM_SITE"):
        monkeypatch.setattr(attempts, limit, 10**9)


@pytest.mark.parametrize("rivals", [("acme", "umbrella")], indirect=True)
@pytest.mark.usefixtures("_patient")
def test_a_wide_body_is_refused_briefly_and_costs_no_more_for_being_wider(
    attack: Attack, subtests: pytest.Subtests
) -> None:
    for operation in CHANGES:
        few, many = (_wide_bodies(attack, operation, count) for count in (FEW, MANY))
        for name in few:
            with subtests.test(operation, body=name):
                effort = [_effort(attack, operation, each[name]) for each in (few, many)]
                # A few calls for each item or text; validating each would be thirty.
                assert effort[1] <= effort[0] * 2 + 5 * MANY


def _effort(attack: Attack, operation: str, content: str) -> int:
    """The calls that it takes to refuse a body, which is done briefly."""
    answers: list[Any] = []
    calls = calls_of(lambda: answers.append(_send(attack, operation, content)))
    _require_brief(answers[0])
    return calls


def _require_brief(response: Any) -> None:
    assert 400 <= response.status_code < 500, response.content[:500]
    assert len(response.content) <= 64 * KIB
    assert len(response.json().get("errors", ())) <= 100


@pytest.mark.parametrize("rivals", [("acme", "umbrella")], indirect=True)
@pytest.mark.usefixtures("_patient")
def test_beyond_a_hundred_problems_the_rest_is_counted(attack: Attack) -> None:
    operation = "POST /api/v1/projects/"
    for count, shown in ((3, 3), (100, 100)):
        members = {f"member-{number}": 1 for number in range(count)}
        problem = _send(attack, operation, json.dumps(members)).json()
        assert len(problem["errors"]) == shown
        assert "more" not in problem
    problem = _send(attack, operation, json.dumps(_wide(FEW)[2])).json()
    assert len(problem["errors"]) == 100
    assert problem["more"] >= 1
