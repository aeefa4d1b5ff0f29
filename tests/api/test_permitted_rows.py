"""Texts of queries are kept for each kind of reach, and not for what clients can choose at will."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.gateway import permitted_rows
from tests.blueprints.catalog.rest.builders import PROJECTS, make_project

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api


def kept() -> int:
    return permitted_rows.kept_query.cache_info().currsize


def test_lists_of_any_length_are_asked_by_one_text(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    for name in ("a", "b", "c"):
        make_project(client, name)
    permitted_rows.kept_query.cache_clear()
    for size in (1, 2, 3, 200):
        shown = client.get(f"{PROJECTS}?page_size={size}&ordering=name").json()["results"]
        assert [each["name"] for each in shown] == ["a", "b", "c"][:size]
    assert kept() == 1
    client.get(f"{PROJECTS}?ordering=-name")
    assert kept() == 2
