"""``manage.py tenant_shell``: Python in one tenant's scope, noted in the tenant's log."""

import getpass
import sys
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import shell
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from iac_platform.common import audit
from iac_platform.common.audit import SystemActor
from tenants.context import tenant_scope
from tenants.management.tenant_argument import add_tenant_argument, find_tenant
from tenants.models import PlacementStatus, Tenant, TenantStatus

_REASON_LENGTHS = range(10, 501)


class Command(shell.Command):
    """Django's shell, as the application role, showing one tenant's rows and no others."""

    help = (
        "Python in one tenant's scope, as the application role: IPython, bpython or plain, "
        "-c and standard input as with manage.py shell. Demands a reason. The tenant's audit "
        "log tells who opened it, why, and when it ended."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options, after those of Django's shell."""
        super().add_arguments(parser)
        add_tenant_argument(parser, "whose rows to show")
        parser.add_argument(
            "--reason", default="", help="why, in 10 to 500 characters; the tenant reads it"
        )
        parser.add_argument(
            "--operator", default="", help="who it is; the account that runs this by default"
        )
        parser.add_argument(
            "--even-if-suspended",
            action="store_true",
            help="open it for a tenant that is not active, too",
        )

    def handle(self, **options: Any) -> None:
        """Note it, open the shell, and note its end."""
        tenant = _tenant(options["tenant"], even_if_suspended=options["even_if_suspended"])
        reason = _reason(options["reason"])
        operator = options["operator"] or getpass.getuser()
        actor = SystemActor(f"{operator} (manage.py tenant_shell)")
        with tenant_scope(tenant):
            _note("tenant.shell_open", tenant, actor, {"reason": reason, "input": _input(options)})
            began, ended = time.monotonic(), "normally"
            try:
                super().handle(**options)
            except BaseException as error:
                ended = type(error).__name__
                raise
            finally:
                _drop_connection()
                seconds = round(time.monotonic() - began)
                _note("tenant.shell_close", tenant, actor, {"ended": ended, "seconds": seconds})


def _tenant(text: str, *, even_if_suspended: bool) -> Tenant:
    tenant = find_tenant(text)
    is_there = tenant.placement.status == PlacementStatus.READY
    if not is_there or tenant.status == TenantStatus.PROVISIONING:
        raise CommandError(f"{tenant} is being provisioned; there is nothing to see yet.")
    if not tenant.is_usable and not even_if_suspended:
        raise CommandError(
            f"{tenant.slug} is {tenant.status}. Add --even-if-suspended if you must."
        )
    return tenant


def _reason(given: str) -> str:
    if not given and sys.stdin.isatty():
        given = input("Reason (the tenant reads it): ")
    reason = given.strip()
    if len(reason) not in _REASON_LENGTHS:
        raise CommandError("Give a --reason of 10 to 500 characters: the tenant reads it.")
    return reason


def _input(options: dict[str, Any]) -> str:
    """How the shell is fed; what it is fed may hold secrets, and stays out of the log."""
    if options["command"]:
        return "command"
    return "terminal" if sys.stdin.isatty() else "standard input"


@transaction.atomic
def _note(action: str, tenant: Tenant, actor: SystemActor, changes: dict[str, Any]) -> None:
    audit.record(action, tenant, actor=actor, changes=changes)


def _drop_connection() -> None:
    """Whatever transaction the shell left open must not swallow the note of its end."""
    connections[DEFAULT_DB_ALIAS].close()
    del connections[DEFAULT_DB_ALIAS]
