"""Every tenant-owned model refuses every verb outside a scope; generated from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, F, Model, OuterRef, Q, QuerySet, Value

from tenants.context import NoTenantScope, tenant_scope
from tenants.models import Tenant
from tenants.ownership import is_tenant_owned

if TYPE_CHECKING:
    from collections.abc import Callable

MODELS = [
    model
    for model in apps.get_models(include_auto_created=True)
    if is_tenant_owned(model._meta.app_label)
]
SHARED = [Tenant, ContentType]


def _pk(model: type[Model]) -> Any:
    is_uuid = model._meta.pk.get_internal_type() == "UUIDField"
    return "00000000-0000-4000-8000-00000000abcd" if is_uuid else 1


def rows_of(model: type[Model]) -> QuerySet[Any]:
    return model._default_manager.order_by("pk")  # noqa: SLF001  # Django's documented name


VERBS: dict[str, Callable[[QuerySet[Any]], object]] = {
    "list": list,
    "iterate": lambda rows: list(rows.iterator()),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "first": lambda rows: rows.first(),
    "get": lambda rows: rows.filter(pk=_pk(rows.model)).get(),
    "values": lambda rows: list(rows.values()),
    "aggregate": lambda rows: rows.aggregate(n=Count("pk")),
    "aggregate-of-slice": lambda rows: rows[:5].aggregate(n=Count("pk")),
    "in-bulk": lambda rows: rows.in_bulk([_pk(rows.model)]),
    "explain": lambda rows: rows.explain(),
    "union": lambda rows: list(rows.union(rows)),
    "subquery": lambda rows: list(rows.filter(pk__in=rows.filter(pk=OuterRef("pk")).values("pk"))),
    "update": lambda rows: rows.update(**{rows.model._meta.pk.name: _pk(rows.model)}),
    "delete": lambda rows: rows.delete(),
    "raw-delete": lambda rows: rows._raw_delete("default"),  # noqa: SLF001  # what cascades use
    "insert": lambda rows: rows.model(pk=_pk(rows.model)).save(force_insert=True),
    "save": lambda rows: rows.model(pk=_pk(rows.model)).save(),
    "bulk-create": lambda rows: rows.bulk_create([rows.model(pk=_pk(rows.model))]),
    "upsert": lambda rows: rows.get_or_create(pk=_pk(rows.model)),
    "refresh": lambda rows: rows.model(pk=_pk(rows.model)).refresh_from_db(),
}


def test_the_registry_has_models_to_test() -> None:
    assert {"User", "ApiToken", "AuditEntry", "Session", "LogEntry"} <= {
        model.__name__ for model in MODELS
    }


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_query_outside_a_scope_raises(
    model: type[Model], verb: Callable[[QuerySet[Any]], object]
) -> None:
    with pytest.raises(NoTenantScope, match=r"tenant_scope\(tenant\)"):
        verb(rows_of(model))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_the_same_queries_in_a_scope_are_answered(model: type[Model], tenant: Tenant) -> None:
    rows = rows_of(model)
    with tenant_scope(tenant):
        assert list(rows) == list(rows.iterator())
        assert rows.count() == len(rows)
        assert rows.aggregate(n=Count("pk")) == {"n": len(rows)}


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("model", SHARED, ids=lambda model: model._meta.label)
def test_shared_models_need_no_scope(model: type[Model]) -> None:
    assert rows_of(model).exists()


@pytest.mark.django_db
def test_a_query_of_no_table_needs_no_scope() -> None:
    """Django checks a constraint of a form's instance by such a query."""
    moments = {"starts_at": Value(1), "expires_at": Value(2)}
    assert Q(expires_at__gt=F("starts_at")).check(moments)
    assert not Q(expires_at__lt=F("starts_at")).check(moments)
