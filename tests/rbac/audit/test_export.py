"""The log is taken along as JSON lines, by those who may, and that is on record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rbac.models import AuditEntry
from rbac.services import audit_export
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.api_client import ApiClient, body
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from rbac.chain.links import Tip
    from tenants.models import Tenant
    from tests.conftest import Api
    from tests.rbac.audit.conftest import Log

AUDIT, EXPORT = "/api/v1/audit/", "/api/v1/audit/export/"


def _lines(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200
    assert response["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in body(response).splitlines()]


def test_lines_are_what_the_list_shows_oldest_first(tenant: Tenant, api: Api) -> None:
    admin = api(tenant)
    shown = admin.get(AUDIT, {"page_size": "200"}).json()["results"]
    lines = _lines(admin.get(EXPORT))
    assert lines[: len(shown)] == shown[::-1]
    assert {"sequence", "hash", "changes"} <= lines[0].keys()


def test_an_export_is_on_record_with_its_filters(tenant: Tenant, api: Api) -> None:
    admin = api(tenant)
    lines = _lines(admin.get(EXPORT, {"action": "token.create"}))
    assert {line["action"] for line in lines} == {"token.create"}
    with tenant_scope(tenant):
        entry = AuditEntry.objects.get(action="audit.export")
    assert entry.changes == {"filters": {"action": "token.create"}}
    assert admin.user is not None
    assert entry.actor_id == admin.user.audit_id


@pytest.mark.parametrize("accept", ["application/x-ndjson", "*/*"])
def test_clients_may_ask_for_lines(acme: Tenant, api: Api, accept: str) -> None:
    assert _lines(api(acme).get(EXPORT, headers={"Accept": accept}))


@pytest.mark.parametrize("query", ["action_=x", "page_size=3", "ordering=created_at", "cursor=x"])
def test_what_would_be_ignored_is_refused(acme: Tenant, api: Api, query: str) -> None:
    refused = api(acme).get(f"{EXPORT}?{query}")
    assert refused.status_code == 400
    with tenant_scope(acme):
        assert not AuditEntry.objects.filter(action="audit.export").exists()


def test_whoever_may_only_read_takes_nothing_along(tenant: Tenant, api: Api) -> None:
    reader = api(tenant, "enterprise-architect")
    assert reader.get(AUDIT).status_code == 200
    assert reader.get(EXPORT).status_code == 403
    with tenant_scope(tenant):
        assert not AuditEntry.objects.filter(action="audit.export").exists()


def _fill(tenant: Tenant, count: int) -> set[str]:
    """Entries of which seven each have one and the same time."""
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entries (id, created_at, actor_id, actor_name, action, "
            "subject_type, subject_id, subject_name, changes, request_id) "
            "SELECT gen_random_uuid(), timestamptz '2024-01-01' + n / 7 * interval '1 second', "
            "'system:tests', 'tests', 'thing.do', 't', n::text, 't', '{}', '' "
            "FROM generate_series(1, %s) n RETURNING id",
            [count],
        )
        return {str(key) for (key,) in cursor.fetchall()}


def test_batches_leave_nothing_out_and_repeat_nothing(
    tenant: Tenant, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _fill(tenant, 40)
    monkeypatch.setattr(audit_export, "BATCH", 5)
    admin = api(tenant)
    with CaptureQueriesContext(connection) as statements:
        found = [line["id"] for line in _lines(admin.get(EXPORT, {"action": "thing.do"}))]
    assert set(found) == made
    assert len(found) == len(made)
    assert len([s for s in statements if "LIMIT 5" in s["sql"]]) == 40 // 5 + 1


def test_an_export_ends_at_its_bound(
    acme: Tenant, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(acme, 20)
    monkeypatch.setattr(audit_export, "BATCH", 7)
    monkeypatch.setattr(audit_export, "MOST_ENTRIES", 10)
    assert len(_lines(api(acme).get(EXPORT, {"action": "thing.do"}))) == 10


def test_a_committed_log_is_exported_with_its_chain(written: Log) -> None:
    with tenant_scope(written.tenant):
        owner = create_user(username="owner", roles=["admin"], actor=ACTOR)
        _, token = create_token(owner, name="export", actor=ACTOR)
    lines = _lines(ApiClient(written.tenant, token=token).get(EXPORT))
    tip: Tip = written.verify().tip
    assert [line["sequence"] for line in lines] == list(range(1, tip.sequence + 1))
    assert lines[-1]["action"] == "audit.export"
    assert lines[-1]["hash"] == tip.hash
    assert written.faults() == []
