"""No 304 where the answer is another: an ETag covers all that is shown, of whichever row it is.

Every column of every kind of row in the fixture is changed, also those of rows that are only
shown with others (the name of a role, with its users), and links between rows are removed.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, models, transaction

from rbac.models import AccessStamp, RoleGrant, RoleParent, RolePermission, Team
from tenants.context import tenant_scope
from tenants.models import ServicePlan, Tenant
from tests.api.other_values import changeable_columns, other_value
from tests.api.people import People
from tests.api.resources import SAMPLES, operations, path_of
from tests.api.routes import route_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from tests.api.fixtures import Fixture
    from tests.api_client import ApiClient

RETRIEVALS = [
    each
    for each in operations()
    if each.startswith("GET ") and route_of(each).actions["GET"] == "retrieve"
]
# What no row says: it changes with a release, or with whoever asks (usage counts API calls).
_OF_THE_RELEASE = {
    "GET /api/v1/component-types/{name}/",
    "GET /api/v1/blueprint-schema/",
}
_COUNTS_ITSELF = "GET /api/v1/tenants/{pk}/usage/"
# What names the row, or what constraints and row-level security keep as it is.
_FIXED = {
    *("id", "key", "number", "tenant", "user", "team", "replaces", "role_key"),
    *("placement", "status", "domain", "is_primary", "verified_at", "checked_at", "failure"),
    *("redirects_until", "records"),
}

_FIXED_IN = {
    "GET /api/v1/sso/saml/{pk}/": {"test_url"},  # by its id
    "GET /api/v1/sso/scim-tokens/{pk}/": {"directory", "provider_kind", "provider_id"},  # likewise
    "GET /api/v1/sso/oidc/{pk}/": {"test_url", "has_client_secret"},  # likewise; of another table
    "GET /api/v1/sessions/{pk}/": {"device"},  # two browsers are often the same in a few words
    "GET /api/v1/domains/{pk}/": {"created_at", "unicode"},
    "GET /api/v1/blueprints/{blueprint}/tags/{name}/": {"name"},
}

Change = tuple[str, Callable[[], Any]]


def _rows(fixture: Fixture) -> dict[type[models.Model], list[Any]]:
    """The fixture's rows by kind, with what is above it."""
    found: dict[type[models.Model], list[Any]] = {}
    for value in fixture.objects().values():
        found.setdefault(type(value), []).append(value.pk)
    found.setdefault(ServicePlan, []).append(Tenant.objects.get(pk=fixture.tenant.pk).plan_id)
    return found


def _columns(model: Any, keys: list[Any]) -> list[Change]:
    """One change for each column of some rows."""

    def change(field: Any) -> None:
        for row in model.objects.filter(pk__in=keys):
            other = other_value(field, getattr(row, field.attname))
            model.objects.filter(pk=row.pk).update(**{field.attname: other})

    return [(field.name, partial(change, field)) for field in changeable_columns(model)]


def _links(fixture: Fixture) -> list[tuple[str, list[Change]]]:
    """What is between rows of the fixture, and can end."""
    role, team = fixture.custom_role, fixture.team
    removals: dict[str, Any] = {
        "RoleParent": RoleParent.objects.filter(role=role),
        "RolePermission": RolePermission.objects.filter(role=role),
        "RoleGrant of users": RoleGrant.objects.filter(user__in=[fixture.owner, fixture.account]),
    }
    links: list[tuple[str, list[Change]]] = [
        (name, [("removed", rows.delete)]) for name, rows in removals.items()
    ]

    def inherited() -> None:
        permission = uuid.UUID(str(RolePermission.objects.filter(role=role)[0].permission_id))
        RolePermission.objects.filter(role=role).delete()
        RolePermission.objects.create(role=fixture.empty_role, permission_id=permission)

    def moved() -> None:
        above = Team.objects.create(name="Above")
        Team.objects.filter(pk=team.pk).update(parent=above)

    return [
        *links,
        ("RolePermission", [("inherited instead", inherited)]),
        ("Team", [("moved", moved)]),
    ]


@contextmanager
def _undone(tenant: Tenant, *changes: Change) -> Iterator[None]:
    """Make changes by hand, as far as the database lets them be, and take them back."""
    with transaction.atomic():
        for _, change in changes:
            with tenant_scope(tenant), suppress(DatabaseError), transaction.atomic():
                change()
        with tenant_scope(tenant):  # what is kept of roles is of another stamp
            AccessStamp.objects.update(stamp=uuid.uuid4())
        yield
        transaction.set_rollback(True)


class _Reader:
    """Somebody who has read an endpoint before, and asks again."""

    def __init__(self, client: ApiClient, operation: str, fixture: Fixture) -> None:
        self._client = client
        self.operation = operation
        self.changed = set[str]()
        # A role that inherits shows more than the platform's does.
        inherits = {"pk": str(fixture.custom_role.pk)} if "/roles/" in operation else {}
        self._path = path_of(operation, SAMPLES[operation], fixture, inherits)
        first = client.get(self._path)
        assert first.status_code == 200
        self.bytes, self.tag = first.content, first.headers["ETag"]

    def concerns(self) -> bool:
        """Whether anything is another than it was, or gone."""
        return self._client.get(self._path).content != self.bytes

    def ask_again(self) -> None:
        """Note the members that are others by now; a 304 must be right."""
        answer = self._client.get(self._path, headers={"If-None-Match": self.tag})
        if answer.status_code == 304:
            assert self._client.get(self._path).content == self.bytes
        if answer.status_code == 200:
            shown, before = answer.json(), json.loads(self.bytes)
            self.changed |= {name for name in before if shown[name] != before[name]}


def _require_no_stale_answer(
    people: People, role: str, reads: list[str], subtests: pytest.Subtests
) -> None:
    fixture, client = people.fixture(role, own=False), people.client(role)
    readers = [_Reader(client, operation, fixture) for operation in reads]
    with tenant_scope(people.tenant):
        groups = [(m.__name__, _columns(m, keys)) for m, keys in _rows(fixture).items()]
        groups += _links(fixture)
    for name, changes in groups:
        with _undone(people.tenant, *changes):
            concerned = [reader for reader in readers if reader.concerns()]
        for change in changes if concerned else ():
            with _undone(people.tenant, change):
                for reader in concerned:
                    with subtests.test(f"{reader.operation}: {name}: {change[0]}"):
                        reader.ask_again()
    for reader in readers:
        _require_all_was_changed(reader, subtests)


def _require_all_was_changed(reader: _Reader, subtests: pytest.Subtests) -> None:
    """Nothing that is shown was left out, but what the database keeps as it is."""
    # Some tables it keeps whole: what is derived from them was changed all the same.
    model = route_of(reader.operation).view.model
    if "UPDATE" not in getattr(model, "app_privileges", ("UPDATE",)):
        return
    with subtests.test(f"{reader.operation}: all that is shown was changed"):
        fixed = _FIXED | _FIXED_IN.get(reader.operation, set())
        assert set(json.loads(reader.bytes)) - reader.changed <= fixed


def test_a_customers_answers_are_never_stale(globex: Tenant, subtests: pytest.Subtests) -> None:
    reads = [
        each for each in RETRIEVALS if not SAMPLES[each].operator and each not in _OF_THE_RELEASE
    ]
    _require_no_stale_answer(People(globex), "admin", reads, subtests)


def test_the_operators_answers_are_never_stale(operator: Tenant, subtests: pytest.Subtests) -> None:
    reads = [each for each in RETRIEVALS if SAMPLES[each].operator and each != _COUNTS_ITSELF]
    _require_no_stale_answer(People(operator), "operator", reads, subtests)
