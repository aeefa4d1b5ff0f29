"""Entries are linked when their transaction commits, in one chain, whoever writes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from structlog.testing import capture_logs

from rbac.models import AuditEntry, AuditLink, Role, RoleGrant, User
from rbac.services.audit import record
from rbac.services.audit_chain import link_entries
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tests.rbac.audit.conftest import ACTOR, Log

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings


def _entry(log: Log, action: str = "thing.do") -> AuditEntry:
    return record(action, log.tenant, actor=ACTOR)


def _linked(log: Log) -> list[Any]:
    with tenant_scope(log.tenant):
        return list(
            AuditLink.objects.filter(tenant_id=log.tenant.pk)
            .order_by("sequence")
            .values_list("entry_id", flat=True)
        )


def test_a_new_tenants_log_is_sound_from_its_first_entry(log: Log) -> None:
    assert log.faults() == []
    log.write()
    assert log.verify().tip.sequence == log.verify().links > 0


def test_entries_of_one_transaction_are_linked_in_their_order(log: Log) -> None:
    with tenant_scope(log.tenant), transaction.atomic():
        entries = [_entry(log).pk for _ in range(5)]
        assert not set(entries) & set(_linked(log)), "linked at the commit, not before"
    assert _linked(log)[-5:] == entries
    assert log.faults() == []


def test_what_a_savepoint_took_back_is_not_linked(log: Log) -> None:
    with tenant_scope(log.tenant), transaction.atomic():
        kept = _entry(log).pk
        with transaction.atomic():
            undone = _entry(log).pk
            transaction.set_rollback(True)
    assert _linked(log)[-1] == kept
    assert undone not in _linked(log)
    assert log.faults() == []


def test_what_was_rolled_back_leaves_nothing_for_the_next_transaction(log: Log) -> None:
    before = _linked(log)
    with tenant_scope(log.tenant):
        with transaction.atomic():
            _entry(log)
            transaction.set_rollback(True)
        with transaction.atomic():
            User.objects.count()
    assert _linked(log) == before
    assert log.faults() == []


def test_a_transaction_that_cannot_be_linked_is_not_committed(log: Log, settings: Settings) -> None:
    settings.AUDIT_KEYS = []
    with tenant_scope(log.tenant):
        count = AuditEntry.objects.count()
        with pytest.raises(IndexError, match="list index out of range"), transaction.atomic():
            _entry(log)
        assert AuditEntry.objects.count() == count
        assert connection.get_autocommit()
    settings.AUDIT_KEYS = ["a key that is there again, with enough characters"]
    log.write()


def test_a_transaction_in_two_tenants_links_in_both(pooled_log: Callable[[], Log]) -> None:
    logs = [pooled_log(), pooled_log()]
    with transaction.atomic():
        for log in (*logs, *reversed(logs)):
            with tenant_scope(log.tenant):
                _entry(log)
    assert [log.faults() for log in logs] == [[], []]
    assert all(log.verify().links >= 2 for log in logs)


def test_transactions_in_two_tenants_do_not_wait_crosswise(pooled_log: Callable[[], Log]) -> None:
    logs = [pooled_log(), pooled_log()]

    def work(order: list[Log]) -> None:
        for _ in range(10):
            with transaction.atomic():
                for log in order:
                    with tenant_scope(log.tenant):
                        _entry(log)

    _in_threads([lambda: work(logs), lambda: work(logs[::-1])] * 2)
    assert [log.faults() for log in logs] == [[], []]


def test_the_owner_links_as_the_application_does(log: Log) -> None:
    with as_owner(), tenant_scope(log.tenant), transaction.atomic():
        entry = _entry(log).pk
    assert _linked(log)[-1] == entry
    assert log.faults() == []


def test_writers_at_once_make_one_chain(log: Log) -> None:
    start = log.verify().links
    _in_threads([lambda: log.write(15)] * 8)
    assert log.verify().links == start + 8 * 15
    assert log.faults() == []


def test_the_chain_is_the_last_lock_that_a_transaction_takes(log: Log) -> None:
    """A deferred foreign key is checked before, or two writers would wait for each other."""
    with tenant_scope(log.tenant):
        role = Role.objects.create(key="custom", name="Custom")
        user = User.objects.create(username="somebody", password="!")
    locked, go_on = threading.Event(), threading.Event()

    def lock_the_parent() -> None:
        with tenant_scope(log.tenant), transaction.atomic():
            Role.objects.select_for_update().get(pk=role.pk)
            locked.set()
            assert go_on.wait(20)
            _entry(log, "role.update")

    def refer_to_it() -> None:
        assert locked.wait(20)
        with tenant_scope(log.tenant), transaction.atomic():
            RoleGrant.objects.create(user=user, role=role, granted_by="tests")
            _entry(log, "role.grant")
            go_on.set()

    _in_threads([lock_the_parent, refer_to_it])
    assert log.faults() == []


def test_a_violated_foreign_key_is_told_as_ever(log: Log) -> None:
    with tenant_scope(log.tenant):
        user = User.objects.create(username="somebody", password="!")
        nowhere = "00000000-0000-4000-8000-000000000000"

    @transaction.atomic
    def refer_to_nothing() -> None:
        RoleGrant.objects.create(user=user, role_id=nowhere, granted_by="tests")
        _entry(log)

    with tenant_scope(log.tenant), pytest.raises(IntegrityError, match="foreign key"):
        refer_to_nothing()
    assert log.faults() == []


def test_each_new_tip_leaves_the_machine_with_the_log(log: Log) -> None:
    with capture_logs() as lines:
        log.write()
    tip = log.verify().tip
    logged = [line for line in lines if line["event"] == "audit_tip"]
    assert [(line["tenant_id"], line["sequence"], line["hash"]) for line in logged] == [
        (str(log.tenant.pk), tip.sequence, tip.hash)
    ]


def test_waiting_for_a_locked_chain_times_out(log: Log, settings: Settings) -> None:
    """Waiting holds a connection, of which the others have few."""
    settings.AUDIT_LOCK_SECONDS = 0.2
    before = log.verify().links

    def write_in_vain() -> None:
        with pytest.raises(OperationalError, match="lock timeout"):
            log.write()

    with tenant_scope(log.tenant), transaction.atomic():
        held = AuditEntry.objects.create(actor_id="system:tests", action="thing.do")
        link_entries([held.pk])
        _in_threads([write_in_vain])
    assert log.verify().links == before + 1
    log.write()
    assert log.faults() == []


def test_keys_rotate(log: Log, settings: Settings) -> None:
    old, new = settings.AUDIT_KEYS[0], "a new key for the audit logs, of enough characters"
    log.write(2)
    settings.AUDIT_KEYS = [new, old]
    log.write(2)
    assert log.faults() == []
    keys = log.sql("SELECT DISTINCT key_id FROM audit_links WHERE tenant_id = {t}")
    assert len(keys) == 2
    settings.AUDIT_KEYS = [new]
    assert log.faults() == [("unknown-key", 1)]


def _in_threads(works: list[Callable[[], None]]) -> None:
    def run(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        for result in [pool.submit(run, work) for work in works]:
            result.result(60)
