"""The operator removes the oldest part of a log; what remains verifies, and says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from rbac.models import AuditCut, AuditEntry
from rbac.services.audit_chain import link_entries, unlinked_entries
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tests.throwaway import platform

if TYPE_CHECKING:
    from tests.rbac.audit.conftest import Log

BEFORE = "2024-01-01"


@pytest.fixture
def aged(log: Log) -> tuple[Log, int]:
    """A log, half of which is of 2023, and where that half ends."""
    log.write(3)
    _age(log)
    through = log.verify().tip.sequence
    log.write(3)
    return log, through


def _age(log: Log) -> None:
    """Make all that the log has old: written two years ago, and linked then."""
    log.sql("UPDATE audit_entries SET created_at = '2023-05-01' WHERE tenant_id = {t}")
    log.sql("DELETE FROM audit_links WHERE tenant_id = {t}")
    log.sql("DELETE FROM public.audit_anchors WHERE tenant_id = {t}")
    with as_owner(), tenant_scope(log.tenant), transaction.atomic():
        link_entries(unlinked_entries())
    log.sql("DELETE FROM public.audit_anchors WHERE tenant_id = {t}")


def _prune(log: Log, **options: object) -> None:
    call_command("prune_audit", tenant=log.tenant.slug, before=BEFORE, **options)


def test_what_is_older_goes_and_the_rest_verifies(aged: tuple[Log, int]) -> None:
    log, through = aged
    _prune(log)
    assert log.faults() == []
    with tenant_scope(log.tenant):
        assert not AuditEntry.objects.filter(
            created_at__lt=datetime(2024, 1, 1, tzinfo=UTC)
        ).exists()
        cut = AuditCut.objects.get(tenant_id=log.tenant.pk)
        pruned = AuditEntry.objects.filter(action="audit.prune").get()
    assert (cut.sequence, cut.entries) == (through, through)
    assert pruned.changes == {
        "through": through,
        "hash": cut.hash,
        "entries": through,
        "before": "2024-01-01T00:00:00+00:00",
    }
    with tenant_scope(platform()):
        operators = AuditEntry.objects.filter(action="audit.prune", subject_id=str(log.tenant.pk))
        assert operators.get().actor_name == "manage.py prune_audit"


def test_a_log_goes_on_behind_a_cut_and_is_cut_again(aged: tuple[Log, int]) -> None:
    log, _ = aged
    _prune(log)
    log.write(2)
    assert log.faults() == []
    _prune(log)
    with tenant_scope(log.tenant):
        assert AuditCut.objects.filter(tenant_id=log.tenant.pk).count() == 1, "nothing was so old"


def test_a_dry_run_changes_nothing(
    aged: tuple[Log, int], capsys: pytest.CaptureFixture[str]
) -> None:
    log, through = aged
    before = log.verify()
    _prune(log, dry_run=True)
    assert log.verify() == before
    assert f"{through} entries would go, through {through}:" in capsys.readouterr().out


def test_a_log_that_is_not_sound_is_kept_as_evidence(aged: tuple[Log, int]) -> None:
    log, through = aged
    log.sql("UPDATE audit_entries SET action = 'x' WHERE id = {entry}", through)
    with pytest.raises(CommandError, match=f"edited at {through}"):
        _prune(log)
    assert log.faults() == [("edited", through)]


@pytest.mark.parametrize(
    "change",
    [
        "sequence = sequence + 1",
        "entries = entries - 1",
        "pruned_by = 'somebody'",
        "before = before - interval '1 day'",
        "key_id = 'another'",
    ],
)
def test_a_cut_that_nobody_made_is_found(aged: tuple[Log, int], change: str) -> None:
    log, _ = aged
    _prune(log)
    change_cuts = "UPDATE audit_cuts SET {change} WHERE tenant_id = {t}"
    log.sql(change_cuts.replace("{change}", change))
    assert [found for found, _ in log.faults()] == ["forged"]


def test_removing_more_than_the_cut_says_is_found(aged: tuple[Log, int]) -> None:
    log, through = aged
    _prune(log)
    log.sql("DELETE FROM audit_entries WHERE id = {entry}", through + 1)
    log.sql("DELETE FROM audit_links WHERE tenant_id = {t} AND sequence = %s", through + 1)
    assert log.faults() == [("missing", through + 1)]


def test_a_removed_beginning_without_a_cut_is_found(aged: tuple[Log, int]) -> None:
    log, _ = aged
    _prune(log)
    log.sql("DELETE FROM audit_cuts WHERE tenant_id = {t}")
    assert log.faults() == [("missing", 1)]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"before": "yesterday"}, "takes a date"),
        ({"before": "2999-01-01"}, "future"),
        ({"tenant": "nobody"}, "no tenant 'nobody'"),
    ],
)
def test_what_makes_no_sense_is_refused(log: Log, options: dict[str, str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        call_command("prune_audit", **{"tenant": log.tenant.slug, "before": BEFORE, **options})
    assert log.faults() == []
