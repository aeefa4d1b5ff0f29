"""A shell in one tenant's scope, which the tenant can read of."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from rbac.models import AuditEntry, User
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import PlacementStatus, Tenant, TenantStatus, Tier

if TYPE_CHECKING:
    from tests.throwaway import ThrowawayTenants

MANAGE = (sys.executable, "-W", "ignore", "manage.py")
REASON = "Ticket 4711: nothing is listed"


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def home(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    tenant = committed_tenants(request.param)
    with tenant_scope(tenant):
        User.objects.create(username="alice")
    return tenant


def shell(tenant: Tenant, command: str, *options: str, reason: str = REASON) -> None:
    call_command(
        "tenant_shell",
        "--tenant",
        tenant.slug,
        "--reason",
        reason,
        "-c",
        command,
        *options,
        verbosity=0,
    )


def notes(tenant: Tenant) -> list[tuple[str, str]]:
    with tenant_scope(tenant):
        entries = AuditEntry.objects.filter(action__startswith="tenant.shell").order_by(
            "created_at"
        )
        return [(entry.action, entry.changes.get("ended", "")) for entry in entries]


def test_it_shows_the_tenants_rows_alone_as_the_application_role(
    home: Tenant, committed_tenants: ThrowawayTenants, capsys: pytest.CaptureFixture[str]
) -> None:
    neighbour = committed_tenants(Tier.STANDARD)
    with tenant_scope(neighbour):
        User.objects.create(username="bob")
    shell(
        home,
        "from django.db import connection\n"
        "print(sorted(User.objects.values_list('username', flat=True)))\n"
        "cursor = connection.cursor(); cursor.execute('SELECT current_user')\n"
        "print(cursor.fetchone()[0])",
    )
    assert capsys.readouterr().out.splitlines() == ["['alice']", "iac_app"]


def test_the_tenant_reads_who_opened_it_why_and_when_it_ended(home: Tenant) -> None:
    shell(home, "User.objects.update(full_name='Alice')", "--operator", "olga")
    assert notes(home) == [("tenant.shell_open", ""), ("tenant.shell_close", "normally")]
    with tenant_scope(home):
        entry = AuditEntry.objects.get(action="tenant.shell_open")
        assert entry.changes == {"reason": REASON, "input": "command"}
        assert entry.actor_name.startswith("olga")
        assert User.objects.get(username="alice").full_name == "Alice"


@pytest.mark.parametrize("command", ["1 / 0", "raise SystemExit(3)"])
def test_its_end_is_noted_however_it_ends(home: Tenant, command: str) -> None:
    with pytest.raises((ZeroDivisionError, SystemExit)) as raised:
        shell(home, command)
    assert notes(home)[-1] == ("tenant.shell_close", type(raised.value).__name__)


def test_a_transaction_left_open_is_undone_and_does_not_swallow_the_note(home: Tenant) -> None:
    shell(
        home,
        "from django.db import transaction\n"
        "transaction.atomic().__enter__()\n"
        "User.objects.update(full_name='nobody')",
    )
    assert notes(home)[-1] == ("tenant.shell_close", "normally")
    with tenant_scope(home):
        assert User.objects.get(username="alice").full_name == ""


def test_standard_input_is_run(home: Tenant) -> None:
    """In a process of its own: Django looks at the real file."""
    ran = subprocess.run(  # noqa: S603  # our own command
        [*MANAGE, "tenant_shell", "--tenant", home.slug, "--reason", REASON, "-v", "0"],
        input="print([user.username for user in User.objects.all()])",
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "['alice']"
    assert len(notes(home)) == 2


@pytest.mark.parametrize("reason", ["", "because", " " * 20, "x" * 501])
def test_without_a_reason_it_does_not_open(
    committed_tenants: ThrowawayTenants,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = committed_tenants(Tier.STANDARD)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(CommandError, match="--reason"):
        shell(home, "print('inside')", reason=reason)
    assert (notes(home), capsys.readouterr().out) == ([], "")


def test_a_suspended_tenant_is_entered_on_demand_only(
    committed_tenants: ThrowawayTenants, capsys: pytest.CaptureFixture[str]
) -> None:
    home = committed_tenants(Tier.STANDARD)
    _set(home, status=TenantStatus.SUSPENDED)
    with pytest.raises(CommandError, match="--even-if-suspended"):
        shell(home, "print('inside')")
    assert (notes(home), capsys.readouterr().out) == ([], "")
    shell(home, "print('inside')", "--even-if-suspended")
    assert capsys.readouterr().out == "inside\n"


def test_what_is_not_there_yet_is_not_entered(committed_tenants: ThrowawayTenants) -> None:
    home = committed_tenants(Tier.ENTERPRISE)
    _set(home, status=TenantStatus.PROVISIONING)
    with pytest.raises(CommandError, match="provisioned"):
        shell(home, "print('inside')", "--even-if-suspended")
    home.slug = "nobody"
    with pytest.raises(CommandError, match="There is no tenant"):
        shell(home, "print('inside')")


def _set(tenant: Tenant, status: TenantStatus) -> None:
    with as_owner():
        Tenant.objects.filter(pk=tenant.pk).update(status=status)
    assert tenant.placement.status == PlacementStatus.READY
