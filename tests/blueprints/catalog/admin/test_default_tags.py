"""Choosing the tags of everything in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from blueprints.catalog.models import DefaultTags
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, errors_of

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person


@pytest.fixture
def admin(tenant: Tenant, person: Person) -> AdminClient:
    return AdminClient(tenant, person(tenant, "admin"))


def chosen(admin: AdminClient) -> dict[str, str]:
    with tenant_scope(admin.tenant):
        return dict(DefaultTags.objects.get().tags)


def test_they_are_chosen_and_changed(admin: AdminClient) -> None:
    added = admin.submit("catalog_defaulttags_add", tags='{"team": "web"}')
    assert added.status_code == 302
    assert chosen(admin) == {"team": "web"}
    with tenant_scope(admin.tenant):
        row = DefaultTags.objects.get()
    again = admin.submit(
        "catalog_defaulttags_change", row.pk, tags='{"team": "data"}', seen_revision=row.revision
    )
    assert again.status_code == 302
    assert chosen(admin) == {"team": "data"}


def test_the_first_ones_replace_none_that_others_chose(admin: AdminClient) -> None:
    admin.submit("catalog_defaulttags_add", tags='{"team": "web"}')
    late = admin.submit("catalog_defaulttags_add", tags='{"team": "data"}')
    assert late.status_code == 200
    assert errors_of(late)
    assert chosen(admin) == {"team": "web"}


def test_what_no_cloud_takes_is_refused_at_its_field(admin: AdminClient) -> None:
    refused = admin.submit("catalog_defaulttags_add", tags='{"aws:team": "web"}')
    assert "aws:" in errors_of(refused)


@pytest.mark.parametrize(
    "tags",
    ["", "[]", "null", '"a"', '{"a": null}', '{"a": ["x"]}', '{"a": {"var": "x"}}', '{"a": 1}'],
)
def test_anything_but_texts_by_key_is_refused(admin: AdminClient, tags: str) -> None:
    refused = admin.submit("catalog_defaulttags_add", tags=tags)
    assert refused.status_code == 200
    assert errors_of(refused)
    with tenant_scope(admin.tenant):
        assert not DefaultTags.objects.exists()


def test_there_is_nothing_to_add_once_there_are_some(admin: AdminClient) -> None:
    page = reverse("admin:catalog_defaulttags_add")
    assert admin.get(page).status_code == 200
    admin.submit("catalog_defaulttags_add", tags='{"team": "web"}')
    assert admin.get(page).status_code == 403
