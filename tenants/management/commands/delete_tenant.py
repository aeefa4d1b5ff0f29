"""``manage.py delete_tenant``: delete a tenant, now or when its grace period is over."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from tenants.database.roles import as_owner
from tenants.erasure.inventory import inventory
from tenants.lifecycle.services import open_erasure, operators_scope, request_deletion
from tenants.management.operations import finish_operation
from tenants.management.tenant_argument import add_tenant_argument, find_tenant
from tenants.models import (
    Operation,
    OperationKind,
    OperationStatus,
    Tenant,
    TenantStatus,
)
from tenants.queue import enqueue

_ACTOR = SystemActor("manage.py delete_tenant")


class Command(BaseCommand):
    """Closes a tenant and has it deleted, or deletes it while one waits."""

    help = (
        "Delete a tenant: it is closed at once, and deleted for good when its grace period is "
        "over. With --now it is deleted for good before this command ends."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser)
        parser.add_argument("--reason", default="", help="why, for the operator's audit log")
        parser.add_argument("--now", action="store_true", help="without a grace period")
        parser.add_argument(
            "--dry-run", action="store_true", help="only print what would be deleted"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Show what there is, ask, and delete it."""
        with as_owner():
            tenant = find_tenant(options["tenant"], related=("placement", "moving_to"))
            if options["dry_run"]:
                self._show(tenant)
                return
            if not options["yes"]:
                self._ask(tenant)
            try:
                self._delete(tenant, options)
            except DomainError as error:
                raise CommandError(error.detail) from error

    def _show(self, tenant: Tenant) -> None:
        self.stdout.write(f"Deleting {tenant} would remove:")
        for line in inventory(tenant).lines():
            self.stdout.write(f"  {line}")

    def _ask(self, tenant: Tenant) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Nobody is there to confirm it. Add --yes if you are sure.")
        self._show(tenant)
        if input(f"Type the tenant's slug ({tenant.slug}) to delete it: ") != tenant.slug:
            raise CommandError("That is another name. Nothing was changed.")

    def _delete(self, tenant: Tenant, options: dict[str, Any]) -> None:
        if tenant.status != TenantStatus.PENDING_DELETION:
            tenant = request_deletion(tenant, actor=_ACTOR, reason=options["reason"])
        if not options["now"]:
            self.stdout.write(
                self.style.SUCCESS(
                    f"tenant {tenant.slug}: closed; deleted for good after "
                    f"{tenant.deletion_due_at:%Y-%m-%d %H:%M} UTC"
                )
            )
            return
        operation = open_erasure(tenant) or _enqueue(tenant)
        finish_operation(operation, self.stdout.write, self.stderr.write)
        if operation.status != OperationStatus.DONE:
            raise CommandError(
                f"Not all of it could be deleted: {operation.failure}\n"
                "Fix the cause and run the command again; it goes on where it stopped."
            )
        for kind, count in operation.result.items():
            self.stdout.write(f"  {kind}: {count}")
        self.stdout.write(self.style.SUCCESS(f"tenant {tenant.slug}: deleted"))


@transaction.atomic
def _enqueue(tenant: Tenant) -> Operation:
    with operators_scope():
        return enqueue(OperationKind.DELETE, tenant, actor=_ACTOR)
