"""Nobody sets what they should not by guessing its name, or by naming what others have.

Generated from the URL router and the API's document: a new endpoint, and a new member of an
old one, is swept the day it appears. An action without a ``body`` takes none.
"""

from __future__ import annotations

import codecs
import json
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator

from blueprints.catalog.documents import published
from rbac import attempts
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.api.requests import look
from tests.api.resources import SAMPLES, operations, path_of
from tests.api.routes import route_of
from tests.api_client import JSON
from tests.sampling import FULL, sampled
from tests.smuggled import smuggled
from tests.snapshots import changed, snapshot
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from django.db.models import Model

    from tests.api.attacks import Attack
    from tests.api.fixtures import Fixture

CHANGES = [operation for operation in operations() if not operation.startswith("GET ")]
AT_ENTERPRISE = sampled(
    "bodies with more than they declare at an enterprise tenant: one a view (all at a standard"
    " one)",
    CHANGES,
    by=lambda operation: route_of(operation).view,
)
ANY_REVISION = {"If-Match": "*"}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
NOBODYS_ID = str(uuid4())


# --- What the document says that a body may hold ----------------------------------------
@cache
def document() -> dict[str, Any]:
    """The API's document."""
    generator: Any = SchemaGenerator  # published without types
    document: dict[str, Any] = generator().get_schema(request=None, public=True)
    return document


def declared(operation: str) -> dict[str, dict[str, Any]]:
    """The members that an operation takes, each with its schema."""
    method, template = operation.split(" ")
    described = document()["paths"][template.replace("{pk}", "{id}")][method.lower()]
    if "requestBody" not in described:
        return {}
    reference = described["requestBody"]["content"][JSON]["schema"]["$ref"]
    members: dict[str, dict[str, Any]] = document()["components"]["schemas"][
        reference.rpartition("/")[2]
    ].get("properties", {})
    return members


# --- Trying -----------------------------------------------------------------------------
class Sweep:
    """Somebody with full rights in their tenant, who wants more; all they do is undone."""

    def __init__(self, attack: Attack) -> None:
        self.side, self.victim = attack.attacker, attack.victim
        self.in_one_pool = attack.in_one_pool
        self.added = smuggled(attack.victim.tenant)
        self._untouched = snapshot(self.side.tenant)
        standard = attack.attacker.tenant.tier == Tier.STANDARD
        self.changes = CHANGES if standard else AT_ENTERPRISE

    def valid(self, operation: str) -> dict[str, Any]:
        """The body of the sample, for the attacker's own objects."""
        body = SAMPLES[operation].body
        return dict(body(self.side.fixture)) if body else {}

    @contextmanager
    def attempts(self, operation: str) -> Iterator[None]:
        """Attempts at one operation, which are undone; what was refused changed nothing at all."""
        prepare = SAMPLES[operation].prepare
        with transaction.atomic():
            if prepare is not None:
                with tenant_scope(self.side.tenant):
                    prepare(self.side.fixture)
            before = snapshot(self.side.tenant) if prepare else self._untouched
            yield
            after = snapshot(self.side.tenant)
            transaction.set_rollback(True)
        assert not changed(before, after), "what was refused has changed something"

    def send(self, operation: str, data: Any, *, content_type: str = JSON, query: str = "") -> Any:
        """Send a body to the attacker's own objects, with all the rights that it needs.

        What succeeds is undone at once; what is refused stays as it is, to be looked at.
        """
        side, sample = self.side, SAMPLES[operation]
        path = path_of(operation, sample, side.fixture) + (f"?{query}" if query else "")
        text = data if isinstance(data, str) else json.dumps(data)
        client, method = side.entitled(operation), operation.partition(" ")[0]
        with transaction.atomic():
            response = client.generic(method, path, text, content_type, headers=ANY_REVISION)
            transaction.set_rollback(response.status_code < 400)
        return response

    def refused(self, operation: str, data: Any, **options: Any) -> Any:
        """The problem that an attack is answered with."""
        response = self.send(operation, data, **options)
        assert 400 <= response.status_code < 500, (response.status_code, response.content)
        assert response.headers["Content-Type"] == "application/problem+json"
        return response.json()

    def require_twin(self, operation: str) -> None:
        """The same request without what was added to it succeeds."""
        response = self.send(operation, self.valid(operation))
        assert response.status_code == SAMPLES[operation].status, response.content


@pytest.fixture
def sweep(attack: Attack, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    # The one endpoint that anybody may ask counts every try, for all tests of five minutes.
    for limit in ("TRIES_FROM_NETWORK", "TRIES_FROM_SITE"):
        monkeypatch.setattr(attempts, limit, 10**9)
    return Sweep(attack)


# --- Members that nobody declared -------------------------------------------------------
@an_attacker_in_each_tier
def test_each_member_that_nobody_declared_is_refused_by_name(
    sweep: Sweep, subtests: pytest.Subtests
) -> None:
    for operation in sweep.changes:
        added = {name: sweep.added[name] for name in sweep.added.keys() - declared(operation)}
        with subtests.test(operation), sweep.attempts(operation):
            problem = sweep.refused(operation, {**sweep.valid(operation), **added})
            pointers = {error["pointer"] for error in problem["errors"]}
            assert pointers == {f"/{name}" for name in added}
            assert {error["code"] for error in problem["errors"]} == {"unknown-member"}
            sweep.require_twin(operation)


@an_attacker_in_each_tier
def test_what_lies_deeper_is_held_to_its_own_members(
    sweep: Sweep, subtests: pytest.Subtests
) -> None:
    for operation in sweep.changes:
        for path in filter(None, _objects(sweep.valid(operation))):
            if (operation, path) in NAMED_AT_WILL:
                continue
            with subtests.test(operation, path=path), sweep.attempts(operation):
                body = target = sweep.valid(operation)
                for step in path:
                    target = target[step]
                names = sweep.added.keys() - target.keys() - _declared_deeper(path)
                added = {name: sweep.added[name] for name in names}
                target.update(added)
                problem = sweep.refused(operation, body)
                named = {error["pointer"].rpartition("/")[2] for error in problem["errors"]}
                assert named >= set(added)


@an_attacker_in_each_tier
def test_nothing_but_plain_values_stands_for_a_plain_value(
    sweep: Sweep, subtests: pytest.Subtests
) -> None:
    theirs = {"id": str(sweep.victim.fixture.owner.pk)}
    for operation in sweep.changes:
        plain = [name for name, schema in declared(operation).items() if _is_plain(schema)]
        with subtests.test(operation), sweep.attempts(operation):
            for disguise in (theirs, [theirs]):
                for member in plain and _not_named(sweep, operation, plain, disguise):
                    sweep.refused(operation, {**sweep.valid(operation), member: disguise})


def _is_plain(schema: dict[str, Any]) -> bool:
    return schema.get("type") != "object"


def _not_named(sweep: Sweep, operation: str, members: list[str], disguise: Any) -> list[str]:
    """The members that a problem leaves out when all of them are wrong: to be tried singly."""
    disguised = {**sweep.valid(operation), **dict.fromkeys(members, disguise)}
    problem = sweep.refused(operation, disguised)
    named = {error["pointer"].split("/")[1] for error in problem["errors"]}
    return [member for member in members if member not in named]


#: Maps whose names mean nothing to the platform; its own tests hold them to their bounds.
NAMED_AT_WILL = {("PUT /api/v1/default-tags/", ("tags",))}


def _declared_deeper(path: tuple[Any, ...]) -> set[str]:
    """The members that an object inside of a body may have, where some are left out of samples."""
    match path:
        case ("document", "components", _):
            return set(published.component()["properties"])
        case ("group_roles", _):
            return {"team"}
    return set()


def _objects(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the objects of a body lie."""
    if isinstance(value, dict):
        yield path
    inner: Any = value.items() if isinstance(value, dict) else ()
    for step, each in enumerate(value) if isinstance(value, list) else inner:
        yield from _objects(each, (*path, step))


# --- Other ways in ----------------------------------------------------------------------
@an_attacker_in_each_tier
def test_a_member_that_stands_twice_is_refused(sweep: Sweep, subtests: pytest.Subtests) -> None:
    for operation in sweep.changes:
        with subtests.test(operation), sweep.attempts(operation):
            for member, value in sweep.valid(operation).items():
                text = json.dumps(sweep.valid(operation)).removesuffix("}")
                again = json.dumps({member: value}).removeprefix("{")
                assert sweep.refused(operation, f"{text}, {again}")["status"] == 400, member


@an_attacker_in_each_tier
def test_the_query_says_nothing_that_the_body_should(
    sweep: Sweep, subtests: pytest.Subtests
) -> None:
    for operation in sweep.changes:
        names = {**sweep.added, **dict.fromkeys(declared(operation), "x")}
        with subtests.test(operation), sweep.attempts(operation):
            problem = sweep.refused(operation, sweep.valid(operation), query=urlencode(names))
            assert {error["parameter"] for error in problem["errors"]} == set(names)


@an_attacker_in_each_tier
def test_forms_are_not_read(sweep: Sweep, subtests: pytest.Subtests) -> None:
    for operation in sweep.changes:
        data = urlencode({**sweep.valid(operation), **sweep.added})
        with subtests.test(operation), sweep.attempts(operation):
            for content_type in FORMS:
                problem = sweep.refused(operation, data, content_type=content_type)
                assert problem["status"] == 415


# --- What others have -------------------------------------------------------------------
MEMBERS = [
    (operation, member)
    for operation in CHANGES
    # The attacker has no rights where the operator alone has some, whatever it names.
    if not SAMPLES[operation].operator
    for member in declared(operation)
]


def _kind(operation: str, member: str) -> Hashable:
    """What becomes of a value depends on: what it may be and, if it is a key, what it is called."""
    schema = declared(operation)[member]
    shape = str(schema.get("type")), schema.get("format"), str(schema.get("items"))
    is_key = schema.get("format") == "uuid" or "array" in schema.get("type", "")
    return shape, is_key and member


ONE_A_KIND = set(
    sampled(
        "members of bodies with all that another tenant has, and from the other tier: one a type,"
        " and a name if it takes keys (the others with what they mean, in one pool)",
        MEMBERS,
        by=lambda each: _kind(*each),
    )
)


def _values(sweep: Sweep, operation: str, member: str) -> list[str]:
    """What a member is given: each one in its own pool, where the rows lie side by side."""
    schema, fixture = declared(operation)[member], sweep.victim.fixture
    stands_for_others = (operation, member) in ONE_A_KIND
    if FULL or (sweep.in_one_pool and stands_for_others):
        return _candidates(member, schema, fixture)
    if sweep.in_one_pool or stands_for_others:
        return _meant(member, schema, fixture)
    return []


def test_naming_what_another_tenant_has_is_naming_nothing(
    sweep: Sweep, subtests: pytest.Subtests
) -> None:
    for operation in dict.fromkeys(operation for operation, _ in MEMBERS):
        named = {member: _values(sweep, operation, member) for member in declared(operation)}
        if not any(named.values()):
            continue
        with subtests.test(operation), sweep.attempts(operation):
            for member, values in named.items():
                _require_to_name_nothing(sweep, operation, member, values)


def _require_to_name_nothing(sweep: Sweep, operation: str, member: str, values: list[str]) -> None:
    """What another tenant has is answered like what nobody has."""
    schema, nobodys = declared(operation)[member], dict[str, Any]()
    for value in values:
        alike = _alike(value)
        if alike not in nobodys:
            nobodys[alike] = _answer(sweep, operation, member, schema, alike)
        theirs = _answer(sweep, operation, member, schema, value)
        assert theirs == nobodys[alike], (member, value)


def _is_name(schema: dict[str, Any]) -> bool:
    """Whether a member could name anything; a secret or a number is the name of nothing."""
    kinds = schema.get("type", "string")  # or several, as for what may be null
    return not schema.get("writeOnly") and ("string" in kinds or "array" in kinds)


def _candidates(member: str, schema: dict[str, Any], fixture: Fixture) -> list[str]:
    """Whatever of another's a member could mean."""
    del member
    if not _is_name(schema):
        return []
    ids = [str(value.pk) for value in _models(fixture)]
    if schema.get("format") == "uuid":
        return ids
    names = [fixture.owner.username, fixture.owner.email, fixture.domain.domain]
    names += [fixture.tenant.slug, fixture.tenant.schema_name, fixture.project.name]
    return [*names, *(ids if "array" in schema.get("type", "") else [str(fixture.owner.pk)])]


def _meant(member: str, schema: dict[str, Any], fixture: Fixture) -> list[str]:
    """What of another's a member means by its name, or a user."""
    if not _is_name(schema):
        return []
    key = str(fixture.objects().get(member.removesuffix("s"), fixture.owner).pk)
    return [key] if schema.get("format") == "uuid" else [key, _called(member, fixture)]


def _called(member: str, fixture: Fixture) -> str:
    """What another's object is called that a member could mean."""
    names = {
        "domain": fixture.domain.domain,
        "email": fixture.owner.email,
        "name": fixture.project.name,
        "slug": fixture.tenant.slug,
    }
    return names.get(member, fixture.owner.username)


def _models(fixture: Fixture) -> list[Model]:
    return [value for value in fixture.objects().values() if isinstance(value.pk, UUID)]


def _alike(value: str) -> str:
    """Something of the same form that nobody has."""
    try:
        UUID(value)
    except ValueError:
        return codecs.encode(value, "rot13")
    return NOBODYS_ID


def _answer(sweep: Sweep, operation: str, member: str, schema: dict[str, Any], value: str) -> Any:
    """All that an answer tells."""
    named = [value] if "array" in schema.get("type", "") else value
    response = sweep.send(operation, {**sweep.valid(operation), member: named})
    if response.status_code < 400:
        return response.status_code  # it is a text like any other
    seen = look(response, hidden=value)
    return {**seen, "body": seen["body"].replace(value.lower(), "<id>")}
