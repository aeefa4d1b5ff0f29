"""Every service of the operator's asks for its actor's right, and compares the revision.

Read off the code: each public function of a service that takes an actor stands here, with a
call that somebody without rights makes in vain, and an operator makes with effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from iac_platform.common.errors import NotPermitted, ObjectNotFound, RevisionConflict
from rbac.models import AuditEntry
from rbac.selectors import user_by_id
from rbac.services.grants import grant_role
from rbac.services.roles import create_role
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.domains.records import proof_of
from tenants.domains.services.checks import verify_domain
from tenants.domains.services.domains import add_domain, remove_domain, vouch_for_domain
from tenants.lifecycle.services import (
    cancel_deletion,
    change_status,
    request_deletion,
    switch,
)
from tenants.models import (
    OperationKind,
    OperationStatus,
    Placement,
    PlacementKind,
    PlacementStatus,
    Tenant,
    TenantStatus,
    Tier,
)
from tenants.moves.services import request_move
from tenants.operations.services import cancel_operation, retry_operation
from tenants.provisioning.services import retry_placement
from tenants.queue import enqueue
from tenants.quotas.services import override_quotas
from tenants.service_plans.services import create_plan, delete_plan, update_plan
from tenants.tenants.services import create_tenant, rename_tenant, update_tenant
from tests.conftest import ACTOR
from tests.rbac.access.test_one_engine import ROOT
from tests.services_with_actor import services_with_actor
from tests.snapshots import changed, snapshot
from tests.undone import undone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rbac.models import User

    Action = Callable[["Things", Any], Any]

# What takes an actor and is no write of its own, and why.
OTHERS = {
    "addresses.sweep_expired_redirects": "run by the operator's command",
    "checks.check_all": "run by the operator's command",
    "checks.record_check": "of what verify_domain has asked about",
    "archives.export_tenant": "run by the operator's command",
    "archives.import_tenant": "run by the operator's command",
}


class Things:
    """One of each that operators change."""

    def __init__(self, tenant: Tenant, globex: Tenant, umbrella: Tenant) -> None:
        self.tenant = tenant
        made = create_tenant(slug="closed", name="Closed", actor=ACTOR)
        self.closed = request_deletion(made, actor=ACTOR)
        self.plan = create_plan(key="gold", name="Gold", actor=ACTOR)
        self.domain = add_domain(tenant, domain="a.example.com", actor=ACTOR)
        self.queued = enqueue(OperationKind.DELETE, globex, actor=ACTOR)
        self.failed = enqueue(OperationKind.DELETE, umbrella, actor=ACTOR)
        self.failed.status = OperationStatus.FAILED
        self.failed.save()
        self.placement = Placement.objects.create(
            schema_name="pool_901",
            kind=PlacementKind.POOL,
            status=PlacementStatus.FAILED,
            failure="The disk was full.",
        )

    def texts(self, name: str) -> list[bytes]:
        """The TXT records by which the domain is proven."""
        proof = proof_of(self.domain.domain, self.domain.challenge)
        assert name == proof.name
        return [proof.value.encode()]


ACTIONS: dict[str, Action] = {
    "tenants.create_tenant": lambda _, who: create_tenant(slug="new", name="New", actor=who),
    "tenants.update_tenant": lambda it, who: update_tenant(
        it.tenant, actor=who, changes={"name": "X"}
    ),
    "tenants.rename_tenant": lambda it, who: rename_tenant(it.tenant, actor=who, slug="x"),
    "lifecycle.change_status": lambda it, who: change_status(
        it.tenant, TenantStatus.SUSPENDED, actor=who
    ),
    "lifecycle.switch": lambda it, who: switch(it.tenant, TenantStatus.SUSPENDED, actor=who),
    "lifecycle.request_deletion": lambda it, who: request_deletion(it.tenant, actor=who),
    "lifecycle.cancel_deletion": lambda it, who: cancel_deletion(it.closed, actor=who),
    "quotas.override_quotas": lambda it, who: override_quotas(
        it.tenant, overrides={"users": 1}, actor=who
    ),
    "service_plans.create_plan": lambda _, who: create_plan(key="new", name="New", actor=who),
    "service_plans.update_plan": lambda it, who: update_plan(
        it.plan, actor=who, changes={"name": "X"}
    ),
    "service_plans.delete_plan": lambda it, who: delete_plan(it.plan, actor=who),
    "moves.request_move": lambda it, who: request_move(it.tenant, tier=Tier.ENTERPRISE, actor=who),
    "operations.retry_operation": lambda it, who: retry_operation(it.failed, actor=who),
    "operations.cancel_operation": lambda it, who: cancel_operation(it.queued, actor=who),
    "provisioning.retry_placement": lambda it, who: retry_placement(it.placement, actor=who),
    "domains.add_domain": lambda it, who: add_domain(it.tenant, domain="b.example.com", actor=who),
    "domains.vouch_for_domain": lambda it, who: vouch_for_domain(it.domain, actor=who),
    "domains.remove_domain": lambda it, who: remove_domain(it.domain, actor=who),
    "checks.verify_domain": lambda it, who: verify_domain(it.domain, actor=who, source=it),
}
# What changes a row with a revision, and so compares it: a call with one that is not the row's.
REVISED: dict[str, Callable[[Things, int], Any]] = {
    "update_tenant": lambda it, seen: update_tenant(
        it.tenant, actor=ACTOR, changes={"name": "X"}, revision=seen
    ),
    "update_tenant, its status": lambda it, seen: update_tenant(
        it.tenant, actor=ACTOR, changes={"status": "suspended"}, revision=seen
    ),
    "rename_tenant": lambda it, seen: rename_tenant(
        it.tenant, actor=ACTOR, slug="x", revision=seen
    ),
    "switch": lambda it, seen: switch(
        it.tenant, TenantStatus.SUSPENDED, actor=ACTOR, revision=seen
    ),
    "request_deletion": lambda it, seen: request_deletion(it.tenant, actor=ACTOR, revision=seen),
    "cancel_deletion": lambda it, seen: cancel_deletion(it.closed, actor=ACTOR, revision=seen),
    "override_quotas": lambda it, seen: override_quotas(
        it.tenant, overrides={"users": 1}, actor=ACTOR, revision=seen
    ),
    "update_plan": lambda it, seen: update_plan(
        it.plan, actor=ACTOR, changes={"name": "X"}, revision=seen
    ),
}


def _services() -> set[str]:
    """Every public function of a service that takes an actor, as ``room.function``."""
    rooms = [path for path in (ROOT / "tenants").iterdir() if path.is_dir()]
    flat = {
        f"{room.name}.{name}"
        for room in rooms
        if (room / "services.py").exists()
        for name in services_with_actor(room / "services.py")
    }
    nested = {
        f"{path.stem}.{name}"
        for room in rooms
        for path in (room / "services").glob("*.py")
        for name in services_with_actor(path)
    }
    return flat | nested


def test_every_service_with_an_actor_is_called_here() -> None:
    assert _services() == {*ACTIONS, *OTHERS}


def _staff(name: str, **held: str) -> User:
    """One of the operator's people with a role that allows so much."""
    user = create_user(username=name, actor=ACTOR)
    if held:
        permissions = {key.replace("__", "."): scope for key, scope in held.items()}
        grant_role(user, create_role(name=name, permissions=permissions, actor=ACTOR), actor=ACTOR)
    return _fresh(user)


def _fresh(user: User) -> User:
    found = user_by_id(user.pk)
    assert found is not None
    return found


@pytest.fixture
def things(operator: Tenant, acme: Tenant, globex: Tenant, umbrella: Tenant) -> Iterator[Things]:
    """What is changed, in the operator's scope."""
    with tenant_scope(operator):
        yield Things(acme, globex, umbrella)


READS = dict.fromkeys(
    ("tenant__view", "service_plan__view", "domain__view", "operation__view", "placement__view"),
    "global",
)


def test_who_has_no_right_is_refused_by_the_service(
    things: Things, operator: Tenant, subtests: pytest.Subtests
) -> None:
    chief = _fresh(create_user(username="chief", roles=["operator"], actor=ACTOR))
    everybody = things, _staff("nobody"), _staff("reader", **READS), chief
    before = snapshot(operator)
    for name, action in ACTIONS.items():
        with subtests.test(name), undone(everybody) as (it, nobody, reader, chief):
            with pytest.raises((NotPermitted, ObjectNotFound)):
                action(it, nobody)
            with pytest.raises(NotPermitted, match="This needs the permission"):
                action(it, reader)
            assert changed(before, snapshot(operator)) == set()
            action(it, chief)
            assert changed(before, snapshot(operator))
            log = AuditEntry.objects.filter(actor_id=chief.audit_id)
            assert log.exists() or name in IN_ITS_LOG


# The tenant's own log tells of these.
IN_ITS_LOG = {"checks.verify_domain"}


def test_of_two_who_change_the_same_the_second_is_refused(
    things: Things, operator: Tenant, subtests: pytest.Subtests
) -> None:
    before = snapshot(operator)
    for name, change in REVISED.items():
        with subtests.test(name), undone(things) as it:
            right = (it.plan if name == "update_plan" else _subject(it, name)).revision
            with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
                change(it, right + 1)
            assert changed(before, snapshot(operator)) == set()
            change(it, right)
            assert changed(before, snapshot(operator))


def _subject(things: Things, name: str) -> Tenant:
    return things.closed if name == "cancel_deletion" else things.tenant
