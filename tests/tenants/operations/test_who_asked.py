"""Queued work is done for whoever may still have it done when it begins, and for nobody else."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

import pytest
from django.db import connections

from rbac.models import AuditEntry, Role, User
from rbac.services.grants import grant_role, revoke_role
from rbac.services.roles import find_role
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Operation, Tenant, Tier
from tenants.moves.services import request_move
from tenants.operations.runner import run_one
from tenants.operations.services import retry_operation
from tests.conftest import ACTOR
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.throwaway import ThrowawayTenants


class Staff(NamedTuple):
    """Two of the operator's people, who both may move tenants."""

    una: User
    ben: User


@pytest.fixture
def staff(committed_tenants: ThrowawayTenants) -> Iterator[Staff]:  # noqa: ARG001  # this commits too
    with tenant_scope(platform()):
        people = [
            create_user(username=f"{name}-{secrets.token_hex(4)}", roles=["operator"], actor=ACTOR)
            for name in ("una", "ben")
        ]
    yield Staff(*people)
    ids = [person.pk for person in people]
    with as_owner(), tenant_scope(platform()):
        AuditEntry.objects.filter(actor_id__in=[person.audit_id for person in people]).delete()
        User.objects.filter(pk__in=ids).delete()
    connections.close_all()


@pytest.fixture
def asked(committed_tenants: ThrowawayTenants, staff: Staff) -> tuple[Tenant, Operation]:
    """A tenant, and its move, which una asked for."""
    tenant = committed_tenants(Tier.STANDARD)
    with tenant_scope(platform()):
        return tenant, request_move(tenant, tier=Tier.ENTERPRISE, actor=staff.una)


def revoked(staff: Staff) -> None:
    revoke_role(staff.una, find_role("operator"), actor=staff.ben)


def deactivated(staff: Staff) -> None:
    update_user(staff.una, actor=staff.ben, changes={"is_active": False})


def left_with_less(staff: Staff) -> None:
    """She may still retry operations, and not move tenants."""
    revoked(staff)
    grant_role(staff.una, Role.objects.get(key="viewer"), actor=ACTOR)


@pytest.mark.parametrize("lost", [revoked, deactivated, left_with_less])
def test_what_somebody_asked_for_is_not_done_when_they_may_not_any_more(
    asked: tuple[Tenant, Operation], staff: Staff, lost: Callable[[Staff], None]
) -> None:
    tenant, operation = asked
    with tenant_scope(platform()):
        lost(staff)
    run_one(operation)
    with tenant_scope(platform()):
        operation.refresh_from_db()
        assert (operation.status, operation.started_at) == ("cancelled", None)
        assert "may not do this any more" in operation.failure
        # The place that was kept for the tenant is free again, and the log says why.
        now = Tenant.objects.get(pk=tenant.pk)
        assert (now.tier, now.moving_to_id) == (Tier.STANDARD, None)
        entry = AuditEntry.objects.get(action="operation.cancel", subject_id=str(operation.pk))
        assert entry.actor_id == "system:provisioner"
        # And it can be asked for again, by somebody who may.
        again = request_move(now, tier=Tier.ENTERPRISE, actor=staff.ben)
    run_one(again)
    assert Tenant.objects.get(pk=tenant.pk).tier == Tier.ENTERPRISE


def test_it_is_done_for_whoever_still_may(asked: tuple[Tenant, Operation], staff: Staff) -> None:
    tenant, operation = asked
    with tenant_scope(platform()):
        update_user(staff.una, actor=staff.ben, changes={"full_name": "Una"})
    run_one(operation)
    assert Tenant.objects.get(pk=tenant.pk).tier == Tier.ENTERPRISE


def test_whoever_retries_it_answers_for_it(asked: tuple[Tenant, Operation], staff: Staff) -> None:
    tenant, operation = asked
    with as_owner():
        Operation.objects.filter(pk=operation.pk).update(status="failed")
    with tenant_scope(platform()):
        retried = retry_operation(operation, actor=staff.ben)
        assert retried.requested_by == staff.ben.username
        deactivated(staff)
    run_one(operation)
    assert Tenant.objects.get(pk=tenant.pk).tier == Tier.ENTERPRISE
