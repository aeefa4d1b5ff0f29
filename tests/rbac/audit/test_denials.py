"""Who was refused what is in the log, once, and cannot flood it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone
from structlog.testing import capture_logs

from iac_platform.cache import CacheUnavailable, ledger
from rbac.models import ApiToken, AuditEntry
from rbac.services import denials
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api_client import ApiClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.conftest import Api, Person

USERS, AUDIT = "/api/v1/users/", "/api/v1/audit/"


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    caches["default"].clear()


def _entries(tenant: Tenant, action: str = denials.DENIED) -> list[AuditEntry]:
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(action=action).order_by("created_at"))


def test_a_refused_change_says_who_what_where_and_why(
    tenant: Tenant, api: Api, person: Person
) -> None:
    engineer, target = api(tenant, "project-manager"), person(tenant, "viewer", "target")
    refused = engineer.patch(f"{USERS}{target.pk}/", {"full_name": "X"}, headers={"If-Match": "*"})
    assert refused.status_code == 403
    (entry,) = _entries(tenant)
    assert engineer.user is not None
    assert (entry.actor_id, entry.actor_name) == (engineer.user.audit_id, engineer.user.username)
    assert (entry.subject_type, entry.subject_id) == ("rbac.user", str(target.pk))
    assert entry.subject_name == "PATCH /api/v1/users/<pk>/"
    assert entry.changes == {
        "permission": "user.update",
        "status": 403,
        "code": "permission-denied",
        "times": 1,
    }
    assert (entry.request_id, entry.ip_address) == (refused["X-Request-ID"], "127.0.0.1")


def test_what_is_allowed_or_wrong_is_no_denial(tenant: Tenant, api: Api) -> None:
    admin = api(tenant)
    assert admin.get(USERS).status_code == 200
    assert admin.post(USERS, {"nonsense": True}).status_code == 400
    assert admin.get(f"{USERS}{uuid4()}/").status_code == 404, (
        "who sees everything was refused none"
    )
    assert admin.put(USERS).status_code == 405
    assert _entries(tenant) == []


def test_a_hidden_object_and_none_at_all_are_recorded_alike(
    tenant: Tenant, api: Api, person: Person
) -> None:
    viewer, hidden = api(tenant, "viewer"), person(tenant, "admin", "hidden")
    there, nowhere = str(hidden.pk), str(uuid4())
    for address in (there, nowhere):
        assert viewer.get(f"{USERS}{address}/").status_code == 404
    first, second = _entries(tenant)
    assert (first.subject_id, second.subject_id) == (there, nowhere)
    assert first.changes == second.changes
    assert first.changes["permission"] == "user.view"


def test_nobody_without_credentials_writes_anything(
    tenant: Tenant, anonymous: Callable[[Tenant], ApiClient]
) -> None:
    assert anonymous(tenant).get(USERS).status_code == 401
    assert _entries(tenant) == _entries(tenant, denials.UNAUTHENTICATED) == []


def test_a_token_that_was_revoked_is_recorded_without_it(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    with tenant_scope(tenant):
        ApiToken.objects.filter(user=client.user).update(revoked_at=timezone.now())
    assert client.get(USERS).status_code == 401
    (entry,) = _entries(tenant, denials.UNAUTHENTICATED)
    assert (entry.actor_id, entry.changes["status"]) == ("anonymous", 401)
    assert client.token[-20:] not in str(entry.__dict__)


def test_a_mangled_token_costs_nothing_and_is_not_recorded(tenant: Tenant, api: Api) -> None:
    token = api(tenant).token
    mangled = ApiClient(tenant, token=token[:-1] + ("a" if token[-1] != "a" else "b"))
    assert mangled.get(USERS).status_code == 401
    assert _entries(tenant, denials.UNAUTHENTICATED) == []


def test_equal_denials_are_written_at_the_first_the_tenth_and_the_hundredth(
    acme: Tenant, api: Api
) -> None:
    viewer = api(acme, "viewer")
    for _ in range(100):
        assert viewer.get(AUDIT).status_code == 403
    assert [entry.changes["times"] for entry in _entries(acme)] == [1, 10, 100]


def test_each_principal_is_counted_apart(acme: Tenant, api: Api) -> None:
    for name in ("one", "two"):
        viewer = api(acme, "viewer", name)
        for _ in range(3):
            viewer.get(AUDIT)
    assert [entry.changes["times"] for entry in _entries(acme)] == [1, 1]


def test_denials_of_all_kinds_cannot_flood_the_log(acme: Tenant, api: Api) -> None:
    viewer = api(acme, "viewer")
    for _ in range(110):
        assert viewer.get(f"{USERS}{uuid4()}/").status_code == 404
    entries = _entries(acme)
    assert len(entries) == denials.MOST_KINDS + 1
    assert entries[-1].changes["denials"] == 100


def test_without_a_cache_every_denial_is_written(
    acme: Tenant, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = api(acme, "viewer")

    def fail(*_: Any) -> None:
        raise CacheUnavailable("down")

    monkeypatch.setattr(type(ledger), "count", fail)
    for _ in range(3):
        assert viewer.get(AUDIT).status_code == 403
    assert len(_entries(acme)) == 3


def test_a_log_that_cannot_be_written_does_not_change_the_answer(
    acme: Tenant, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = api(acme, "viewer")

    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(denials, "record_about", fail)
    with capture_logs() as lines:
        assert viewer.get(AUDIT).status_code == 403
    (line,) = [line for line in lines if line["event"] == "denial_unrecorded"]
    assert line["subject"].type == "rbac.auditentry"


def test_pages_of_the_admin_that_are_refused_are_recorded(tenant: Tenant, person: Person) -> None:
    admin = AdminClient(tenant, person(tenant, "admin"))
    assert admin.get(reverse("admin:rbac_auditentry_add")).status_code == 403
    (entry,) = _entries(tenant)
    assert entry.subject_type == "rbac.auditentry"
    assert entry.subject_name == "GET /admin/rbac/auditentry/add/"
    assert admin.get(reverse("admin:rbac_user_change", args=[uuid4()])).status_code == 404
    assert len(_entries(tenant)) == 1, "who sees everything was refused none"
    assert admin.get(reverse("admin:tenants_placement_changelist")).status_code == 403
    assert _entries(tenant)[-1].changes["permission"] == "placement.view"


def _sign_in(tenant: Tenant, username: str, password: str) -> Any:
    page = {"username": username, "password": password}
    return AdminClient(tenant).post(reverse("login"), page)


def test_a_failed_sign_in_names_the_user_and_not_the_password(
    tenant: Tenant, person: Person
) -> None:
    user = person(tenant, "admin", "ada", password="tangerine-orbit-42")
    assert _sign_in(tenant, "ada", "tangerine-orbit-43").status_code == 200
    (entry,) = _entries(tenant, denials.SIGN_IN_FAILED)
    assert (entry.subject_id, entry.subject_name) == (str(user.pk), "ada")
    assert entry.actor_id == "anonymous"
    assert "tangerine" not in str(entry.__dict__)
    assert _sign_in(tenant, "ada", "tangerine-orbit-42").status_code == 302
    assert len(_entries(tenant, denials.SIGN_IN_FAILED)) == 1


def test_a_name_that_nobody_has_may_be_a_password_and_is_not_kept(tenant: Tenant) -> None:
    _sign_in(tenant, "tangerine-orbit-42", "whatever")
    (entry,) = _entries(tenant, denials.SIGN_IN_FAILED)
    assert entry.subject_name.startswith("unknown:")
    assert "tangerine" not in str(entry.__dict__)
