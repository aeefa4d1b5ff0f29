"""``manage.py create_tenant``: create a tenant and wait until it can be used."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import PLATFORM_TENANT_ID, Tenant, TenantStatus, Tier
from tenants.operations.upkeep import provision_pending
from tenants.tenants.services import create_tenant


class Command(BaseCommand):
    """Creates a tenant of either tier, with its placement, domain and system roles."""

    help = "Create a tenant of either tier, with its placement, host name and system roles."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--slug", required=True, help="first label of the host name")
        parser.add_argument("--name", help="the customer's name; the slug by default")
        parser.add_argument("--tier", choices=Tier.values, default=Tier.STANDARD)
        parser.add_argument("--plan", default="default")
        parser.add_argument(
            "--invite", default="", metavar="EMAIL", help="invite this person to be its first admin"
        )
        parser.add_argument(
            "--if-missing", action="store_true", help="succeed quietly when the slug exists"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Create the tenant, then provision what it waits for."""
        with as_owner():
            if options["if_missing"] and Tenant.objects.filter(slug=options["slug"]).exists():
                self.stdout.write(f"tenant {options['slug']}: exists")
                return
            tenant = self._create(options)
            provision_pending(self.stdout.write)
            tenant.refresh_from_db()
        if not (tenant.is_usable or tenant.status == TenantStatus.INVITED):
            raise CommandError(
                f"{tenant.slug} is {tenant.status}: {tenant.placement.failure}\n"
                "Fix the cause, set the placement back to pending, and run "
                "manage.py run_provisioner --once."
            )
        self.stdout.write(
            self.style.SUCCESS(f"tenant {tenant.slug}: {tenant.tier}, schema {tenant.schema_name}")
        )
        if tenant.status == TenantStatus.INVITED:
            # People are another app's, which this one does not know.
            call_command("invite_admin", tenant=tenant.slug, stdout=self.stdout)

    def _create(self, options: dict[str, Any]) -> Tenant:
        platform = Tenant.objects.select_related("placement").get(id=PLATFORM_TENANT_ID)
        try:
            with tenant_scope(platform):
                return create_tenant(
                    slug=options["slug"],
                    name=options["name"] or options["slug"],
                    tier=options["tier"],
                    plan=options["plan"],
                    invite=options["invite"],
                    actor=SystemActor("manage.py create_tenant"),
                )
        except DomainError as error:
            raise CommandError(error.detail) from error
