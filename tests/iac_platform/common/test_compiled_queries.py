"""A query whose SQL is made once finds what it would find if it were made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iac_platform.common.compiled_queries import CompiledQuery
from rbac.models import User
from tenants.context import NoTenantScope, no_tenant_scope, tenant_scope
from tenants.models import Tenant

if TYPE_CHECKING:
    from collections.abc import Callable

BY_NAME: CompiledQuery[User] = CompiledQuery(
    lambda name: User.objects.filter(username=name, is_active=True), str
)
BY_ID: CompiledQuery[Tenant] = CompiledQuery(
    lambda key: Tenant.objects.select_related("placement").filter(pk=key), UUID
)


def test_it_finds_what_the_queryset_finds(in_scope: Tenant, person: Callable[..., User]) -> None:
    for name in ("ann", "bob@example.com"):
        made = person(in_scope, "viewer", name)
        found = BY_NAME.first(made.username)
        assert found == made
        assert found is not None
        assert found.created_at == made.created_at
        found.refresh_from_db()
    for name in ("nobody", "ann' OR true --", "%s", "%(name)s"):
        assert BY_NAME.first(name) is None


def test_it_joins_what_the_queryset_joins(in_scope: Tenant) -> None:
    with CaptureQueriesContext(connection) as queries:
        found = BY_ID.first(in_scope.pk)
        assert found is not None
        assert found.placement.schema_name == in_scope.schema_name
    assert len(queries) == 1
    assert BY_ID.first(uuid4()) is None


def test_it_finds_nothing_of_another_tenant(
    acme: Tenant, globex: Tenant, person: Callable[..., User]
) -> None:
    person(acme, "viewer", "only-at-acme")
    with tenant_scope(acme):
        assert BY_NAME.first("only-at-acme") is not None
    with tenant_scope(globex):
        assert BY_NAME.first("only-at-acme") is None
    with no_tenant_scope(), pytest.raises(NoTenantScope, match=r"rbac\.User is tenant-owned"):
        BY_NAME.first("only-at-acme")


AMONG: CompiledQuery[User] = CompiledQuery(
    lambda one, name, other: (
        User.objects.filter(pk__in=[one, other])
        .exclude(username=name)
        .order_by("username")
        .prefetch_related("role_grants__role")
    ),
    *(UUID, str, UUID),
    limit=2,
)


def test_it_takes_several_values_and_brings_several_rows(
    in_scope: Tenant, person: Callable[..., User]
) -> None:
    ann, bob = (person(in_scope, "viewer", name) for name in ("ann", "bob"))
    assert AMONG.rows(bob.pk, "", ann.pk) == [ann, bob]
    assert AMONG.rows(bob.pk, "", ann.pk, limit=1) == [ann]
    assert AMONG.rows(bob.pk, "", ann.pk, limit=0) == []
    assert AMONG.rows(ann.pk, "ann", bob.pk) == [bob]
    assert AMONG.rows(uuid4(), "", uuid4()) == []
    with CaptureQueriesContext(connection) as queries:
        found = AMONG.rows(ann.pk, "", bob.pk)
        assert {grant.role.key for user in found for grant in user.role_grants.all()} == {"viewer"}
    assert len(queries) == 3  # users, grants, roles
    with pytest.raises(ValueError, match="takes 3 values, not 2"):
        AMONG.rows(ann.pk, "")


@pytest.mark.usefixtures("in_scope")
def test_what_nothing_can_be_is_not_asked() -> None:
    nothing: CompiledQuery[User] = CompiledQuery(
        lambda key: User.objects.none().filter(pk=key), UUID
    )
    with CaptureQueriesContext(connection) as queries:
        assert nothing.first(uuid4()) is None
        assert nothing.rows(uuid4(), limit=5) == []
    assert not queries.captured_queries


@pytest.mark.usefixtures("in_scope")
def test_a_query_without_the_value_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="does not stand in it"):
        CompiledQuery(lambda _: User.objects.all(), str).first("ann")
