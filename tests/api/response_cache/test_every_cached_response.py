"""After any change of any row, every cached response is what would be made now.

The endpoints are found by what they declare. Nothing tells them of the changes: rows are changed,
added and removed by hand, column by column, and by every operation of the API.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction

from blueprints.catalog.models import Blueprint, BlueprintTag, BlueprintVersion, Project
from tenants.context import tenant_scope
from tenants.models import Domain, ServicePlan, Tenant
from tenants.ownership import is_tenant_owned
from tests.api.fixtures import without_work
from tests.api.other_values import changeable_columns, other_value
from tests.api.people import People
from tests.api.requests import send
from tests.api.resources import SAMPLES, operations
from tests.api.response_cache.reader import PROJECTS, warm
from tests.api.response_cache.watched import (
    Watched,
    addresses,
    in_one_tier,
    kept_operations,
)
from tests.sampling import ROUTE, sampled
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model

    from tests.api.fixtures import Fixture

# Whoever moved a tenant by hand would read another's placement.
_NOT_BY_HAND = {"Tenant.placement"}
# Neither can be removed by hand.
_NOT_ADDED = (Tenant, ServicePlan)
# What stands in the release is the same whatever rows there are.
_OF_THE_RELEASE = ("/component-types/", "/permissions/")
# Code says nothing that an operation can change: names of blueprints and projects are not in it.
_OF_THE_VERSION = "/code"
_MOST_ROWS = 20

# A change is told of a table, whichever column it is in.
_COLUMNS = sampled(
    "columns after whose change all cached responses are compared: those that refer to other rows,"
    " and one of the rest of a table (and all at once)",
    [
        column
        for model in apps.get_models()
        if is_tenant_owned(model._meta.app_label) or model in (Tenant, ServicePlan, Domain)
        for column in changeable_columns(model)
    ],
    by=lambda column: (column.model, column.is_relation and column.name),
)


class Kind(NamedTuple):
    """Rows of one kind, and whose scope they are changed in."""

    scope: Tenant
    model: Any
    keys: list[Any]

    def rows(self) -> list[Any]:
        """As they are now."""
        return list(self.model.objects.filter(pk__in=self.keys))


class Watch(NamedTuple):
    """Somebody who has read all that is kept, and whoever else is there."""

    people: People
    fixture: Fixture
    answers: list[Watched]

    def wrong(self) -> list[str]:
        """The addresses that are answered with something else than is true now."""
        return [each.path for each in self.answers if not each.is_right()]

    def wrong_again(self) -> list[str]:
        """The same, when everything is as it was in the beginning."""
        return [each.path for each in self.answers if not each.is_as_first()]

    def has_made_any(self) -> bool:
        """Whether the last comparison has met an answer that was not kept any more."""
        return not all(each.was_cached for each in self.answers)

    def unconcerned(self) -> list[str]:
        """The addresses whose answers nothing that was tried has made others."""
        paths = [each.path for each in self.answers if not each.was_concerned]
        return [path for path in paths if not any(part in path for part in _OF_THE_RELEASE)]


@pytest.fixture
def watch(home: Tenant) -> Watch:
    """Every cached response, for an admin who does nothing but read."""
    people = People(home)
    fixture = without_work(people.fixture("admin", own=False))
    reader = people.client("admin")
    return Watch(people, fixture, [Watched(reader, path) for path in addresses(fixture)])


def test_there_are_kept_answers() -> None:
    assert kept_operations() or ROUTE


@in_one_tier
def test_after_any_column_is_changed(home: Tenant, watch: Watch) -> None:
    wrong: dict[str, list[str]] = {}
    for kind in _kinds(home):
        columns = [each for each in changeable_columns(kind.model) if _is_by_hand(kind, each)]
        told = False
        for fields in (columns, *([each] for each in columns)):
            if told and fields[0] not in _COLUMNS:
                continue
            name = f"{kind.model.__name__}: {', '.join(each.name for each in fields)}"
            with _changed(kind, fields) as was_changed:
                wrong[name] = watch.wrong() if was_changed else []
                concerns_nobody = was_changed and not watch.has_made_any()
            wrong[f"{name} changed back"] = watch.wrong_again() if was_changed else []
            told |= was_changed
            if concerns_nobody and fields is columns:
                break  # nothing is made from these rows
    _require_none(wrong)
    assert watch.unconcerned() == []


@in_one_tier
def test_after_any_row_is_added_and_removed(home: Tenant, watch: Watch) -> None:
    wrong: dict[str, list[str]] = {}
    tried = set()
    for kind in _kinds(home):
        if (row := _another(kind)) is None:
            continue
        tried.add(kind.model)
        wrong[f"{kind.model.__name__} added"] = watch.wrong()
        with suppress(DatabaseError), transaction.atomic(), tenant_scope(kind.scope):
            row.delete()
        wrong[f"{kind.model.__name__} removed"] = watch.wrong()
    _require_none(wrong)
    assert tried >= {Project, Blueprint, BlueprintVersion, BlueprintTag}


@in_one_tier
def test_after_any_operation_of_the_api(home: Tenant, watch: Watch) -> None:
    client = watch.people.client("admin", "who-changes-all")
    wrong: dict[str, list[str]] = {}
    for operation in _changes():
        sample = SAMPLES[operation]
        if sample.prepare is not None:
            with tenant_scope(home):
                sample.prepare(watch.fixture)
        response = send(client, operation, sample, watch.fixture, reader=client)
        # What one has made another may find in use.
        assert response.status_code in {sample.status, 409}, response.content
        wrong[operation] = watch.wrong()
    _require_none(wrong)
    warm(watch.people.client("admin"), PROJECTS)  # the reader can still read
    unconcerned = [path for path in watch.unconcerned() if _OF_THE_VERSION not in path]
    assert ROUTE or unconcerned == []


def _require_none(wrong: dict[str, list[str]]) -> None:
    assert {change: paths for change, paths in wrong.items() if paths} == {}


def _kinds(tenant: Tenant) -> list[Kind]:
    """All that the tenant owns, and the shared rows that say who it is."""
    with tenant_scope(tenant):
        kinds = [
            Kind(tenant, model, _some_keys(model.objects.all()))  # type: ignore[attr-defined]  # each has
            for model in apps.get_models()
            if is_tenant_owned(model._meta.app_label)
        ]
    operator = platform()
    with tenant_scope(operator):
        kinds += [
            Kind(operator, Tenant, [tenant.pk]),
            Kind(operator, ServicePlan, [tenant.plan_id]),
            Kind(operator, Domain, _some_keys(Domain.objects.filter(tenant=tenant))),
        ]
    return [kind for kind in kinds if kind.keys]


def _some_keys(rows: Iterable[Model]) -> list[Any]:
    return [row.pk for row in islice(rows, _MOST_ROWS)]


def _is_by_hand(kind: Kind, field: Any) -> bool:
    return f"{kind.model.__name__}.{field.name}" not in _NOT_BY_HAND


@contextmanager
def _changed(kind: Kind, fields: list[Any]) -> Iterator[bool]:
    """Change columns of all rows of a kind, and change them back; whether any could be."""
    with tenant_scope(kind.scope):
        rows = kind.rows()
        before = {each: {row.pk: getattr(row, each.attname) for row in rows} for each in fields}
        others = {
            each: {key: other_value(each, value) for key, value in values.items()}
            for each, values in before.items()
        }
    changed = _set(kind, others)
    try:
        yield bool(changed)
    finally:
        # The way back, on which the database has let everything be.
        back = changed[::-1]
        assert _set(kind, {each: before[each] for each in back}) == back


def _set(kind: Kind, columns: dict[Any, dict[Any, Any]]) -> list[Any]:
    """Set columns by hand; those that the database lets be set, at once and at the commit."""
    found = []
    with suppress(DatabaseError), transaction.atomic(), tenant_scope(kind.scope):
        for field, values in columns.items():
            with suppress(DatabaseError), transaction.atomic():
                for key, value in values.items():
                    kind.model.objects.filter(pk=key).update(**{field.attname: value})
                found.append(field)
        return found
    return []


def _another(kind: Kind) -> Model | None:
    """Add a row beside the first of its kind, if the database lets it be."""
    if kind.model in _NOT_ADDED:
        return None
    with suppress(DatabaseError), transaction.atomic(), tenant_scope(kind.scope):
        row = kind.rows()[0]
        values = {each: getattr(row, each.attname) for each in changeable_columns(kind.model)}
        others = {
            each.attname: value if each.is_relation else other_value(each, value)
            for each, value in values.items()
        }
        return kind.model.objects.create(**others)  # type: ignore[no-any-return]  # of this model
    return None


def _changes() -> list[str]:
    """Every operation of a tenant that changes something; what deletes most comes last."""
    samples = {each: SAMPLES[each] for each in operations() if not each.startswith("GET ")}
    chosen = [each for each, it in samples.items() if not it.operator and not it.asks]
    return sorted(chosen, key=lambda each: (each.startswith("DELETE "), -len(each)))
