"""``manage.py link_audit``: take entries from before the chain into it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from rbac.services.audit_adoption import adopt_entries
from tenants.context import tenant_scope
from tenants.management.progress_bar import ProgressBar
from tenants.models import Tenant


class Command(BaseCommand):
    """Links entries that stand outside of their tenant's chain, and notes that it did."""

    help = (
        "Link the entries that stand outside of their tenant's chain: those of a release that had "
        "none. Run it once after the upgrade, when no process of the old release writes any more; "
        "the log then says how many were taken in. Later such entries are a finding of "
        "verify_audit: look into them before you run this. Works in batches, beside traffic."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--tenant", metavar="SLUG", help="whose log")
        which.add_argument("--all", action="store_true", help="every tenant's log")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Link, and tell."""
        tenants = Tenant.objects.select_related("placement").order_by("slug")
        if options["tenant"]:
            tenants = tenants.filter(slug=options["tenant"])
            if not tenants:
                raise CommandError(f"There is no tenant {options['tenant']!r}.")
        for tenant in tenants.exclude(placement__status__in=("pending", "failed")):
            with ProgressBar(self.stdout.write) as progress, tenant_scope(tenant):
                count = adopt_entries(actor=SystemActor("manage.py link_audit"), progress=progress)
            self.stdout.write(f"{tenant.slug}: {count} entries linked")
