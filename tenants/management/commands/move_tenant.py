"""``manage.py move_tenant``: move a tenant to another tier or pool."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.management.operations import finish_operation
from tenants.management.tenant_argument import add_tenant_argument, find_tenant
from tenants.models import PLATFORM_TENANT_ID, OperationStatus, Tenant, Tier
from tenants.moves.services import plan_move, request_move


class Command(BaseCommand):
    """Moves a tenant while it goes on working."""

    help = (
        "Move a tenant to the other tier, or to another pool, while it goes on working; "
        "only its writes are refused, for some seconds at the end."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser)
        parser.add_argument("--tier", choices=Tier.values, help="the tier to move to")
        parser.add_argument("--pool", help="the pool to move to, e.g. pool_002")
        parser.add_argument(
            "--dry-run", action="store_true", help="tell what would be moved, and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Ask for the move and carry it out, or tell what it would do."""
        if not options["tier"] and not options["pool"]:
            raise CommandError("Say where to: --tier enterprise, --tier standard or --pool NAME.")
        with as_owner():
            tenant = find_tenant(options["tenant"])
            try:
                if options["dry_run"]:
                    self._tell(tenant, options)
                else:
                    self._move(tenant, options)
            except DomainError as error:
                raise CommandError(error.detail) from error

    def _tell(self, tenant: Tenant, options: dict[str, Any]) -> None:
        plan = plan_move(tenant, tier=options["tier"], pool=options["pool"])
        self.stdout.write(f"{tenant.slug}: {plan.source} -> {plan.target}, room for {plan.room}")
        for table, count in plan.rows.items():
            self.stdout.write(f"  {table}: {count} rows")
        self.stdout.write(f"  in all: {sum(plan.rows.values())} rows. Nothing was changed.")

    def _move(self, tenant: Tenant, options: dict[str, Any]) -> None:
        platform = Tenant.objects.select_related("placement").get(id=PLATFORM_TENANT_ID)
        with tenant_scope(platform):
            operation = request_move(
                tenant,
                tier=options["tier"],
                pool=options["pool"],
                actor=SystemActor("manage.py move_tenant"),
            )
        finish_operation(operation, self.stdout.write, self.stderr.write)
        if operation.status != OperationStatus.DONE:
            raise CommandError(
                f"{tenant.slug} was not moved and works as before: {operation.failure}"
            )
        self.stdout.write(
            self.style.SUCCESS(
                f"tenant {tenant.slug}: moved to {operation.parameters['target']}, "
                f"{operation.result['rows']} rows, writes refused for "
                f"{operation.result['seconds_without_writes']} s"
            )
        )
