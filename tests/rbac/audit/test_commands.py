"""``verify_audit``, as the operator runs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

if TYPE_CHECKING:
    from tests.rbac.audit.conftest import Log

Captured = pytest.CaptureFixture[str]


def test_a_sound_log_is_told_with_its_tip(written: Log, capsys: Captured) -> None:
    call_command("verify_audit", tenant=written.tenant.slug)
    verdict = written.verify()
    report = f"{written.tenant.slug}: {verdict.links} links verified, tip {verdict.tip}"
    assert report in capsys.readouterr().out


def test_a_kept_tip_is_compared(written: Log, capsys: Captured) -> None:
    tip = written.verify().tip
    call_command("verify_audit", tenant=written.tenant.slug, tip=str(tip))
    later = f"{tip.sequence + 5}:{tip.hash}"
    with pytest.raises(CommandError) as failure:
        call_command("verify_audit", tenant=written.tenant.slug, tip=later)
    assert failure.value.returncode == 1
    assert f"truncated at {tip.sequence + 1}" in capsys.readouterr().out


def test_the_first_bad_sequence_is_named_and_the_status_is_1(
    written: Log, capsys: Captured
) -> None:
    written.sql("UPDATE audit_entries SET action = 'x' WHERE id = {entry}", 3)
    with pytest.raises(CommandError, match="1 logs are not sound") as failure:
        call_command("verify_audit", tenant=written.tenant.slug)
    assert failure.value.returncode == 1
    assert f"{written.tenant.slug}: edited at 3: The entry" in capsys.readouterr().out


def test_all_logs_are_verified_and_told_to_programs(written: Log, capsys: Captured) -> None:
    written.sql("DELETE FROM audit_entries WHERE id = {entry}", 2)
    with pytest.raises(CommandError, match=written.tenant.slug):
        call_command("verify_audit", all=True, json=True)
    report = json.loads(capsys.readouterr().out)
    assert "platform" in report
    assert report[written.tenant.slug]["findings"][0]["fault"] == "missing"
    assert report[written.tenant.slug]["findings"][0]["sequence"] == 2


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"tenant": "nobody"}, "no tenant 'nobody'"),
        ({"all": True, "tip": "1:" + "0" * 64}, "name its tenant"),
        ({"tenant": "platform", "tip": "first"}, "SEQUENCE:HASH"),
        ({"tenant": "platform", "tip": "1:0"}, "SEQUENCE:HASH"),
    ],
)
@pytest.mark.usefixtures("db")
def test_what_makes_no_sense_is_refused(options: dict[str, object], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        call_command("verify_audit", **options)
