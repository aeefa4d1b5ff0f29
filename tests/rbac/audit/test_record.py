"""What an entry tells, and what it never does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from rbac.models import AuditEntry
from rbac.services.audit import AuditOutsideTransaction, record
from rbac.services.tokens import create_token, revoke_token
from rbac.services.users import change_password
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person

SECRET = "tangerine-orbit-42"


@pytest.mark.parametrize(
    "changes",
    [
        {"password": SECRET},
        {"api_key": SECRET},
        {"Authorization": [SECRET]},
        {"settings": {"client_secret": SECRET, "name": "shown"}},
        {"tokens": [{"token": SECRET}]},
        {"credentials": {"deep": {"deeper": SECRET}}},
    ],
)
def test_what_is_called_like_a_secret_is_blacked_out(
    in_scope: Tenant, changes: dict[str, Any]
) -> None:
    with transaction.atomic():
        entry = record("thing.do", in_scope, actor=ACTOR, changes=changes)
    entry.refresh_from_db()
    assert SECRET not in str(entry.changes)
    assert "[redacted]" in str(entry.changes)


def test_a_changed_secret_shows_that_there_was_one_before(in_scope: Tenant) -> None:
    with transaction.atomic():
        first = record("thing.do", in_scope, actor=ACTOR, changes={"password": [None, SECRET]})
        later = record("thing.do", in_scope, actor=ACTOR, changes={"password": [SECRET, SECRET]})
    assert first.changes == {"password": [None, "[redacted]"]}
    assert later.changes == {"password": ["[redacted]", "[redacted]"]}


def test_a_new_password_is_a_change_without_it(in_scope: Tenant, person: Person) -> None:
    change_password(person(in_scope, "viewer", "vic"), password=SECRET, actor=ACTOR)
    entry = AuditEntry.objects.get(action="user.change_password")
    assert entry.changes == {"password": ["[redacted]", "[redacted]"]}


def test_what_was_before_and_after_is_told(in_scope: Tenant, person: Person) -> None:
    token, _ = create_token(person(in_scope, "viewer", "vic"), name="robot", actor=ACTOR)
    revoked = revoke_token(token, actor=ACTOR)
    entry = AuditEntry.objects.get(action="token.revoke")
    assert revoked.revoked_at is not None
    assert entry.changes == {"revoked_at": [None, revoked.revoked_at.isoformat()]}


@pytest.mark.usefixtures("django_db_setup")
def test_nothing_is_recorded_outside_a_transaction(committed_tenants: Any) -> None:
    tenant = committed_tenants()
    with pytest.raises(AuditOutsideTransaction, match="must be recorded inside"):
        record("thing.do", tenant, actor=ACTOR)
