"""``manage.py link_audit``: take entries from before the chain into it."""

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand

from iac_platform.common.audit import SystemActor
from rbac.services.audit_adoption import adopt_entries
from tenants.context import tenant_scope
from tenants.management.progress_bar import ProgressBar
from tenants.management.tenant_argument import add_tenant_argument, find_tenant
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
        add_tenant_argument(which, "whose log", required=False)
        which.add_argument("--all", action="store_true", help="every tenant's log")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Link, and tell."""
        for tenant in _tenants(options["tenant"]):
            with ProgressBar(self.stdout.write) as progress, tenant_scope(tenant):
                count = adopt_entries(actor=SystemActor("manage.py link_audit"), progress=progress)
            self.stdout.write(f"{tenant.slug}: {count} entries linked")


def _tenants(text: str | None) -> Iterable[Tenant]:
    if text is not None:
        return [find_tenant(text)]
    tenants = Tenant.objects.select_related("placement").order_by("slug")
    return tenants.exclude(placement__status__in=("pending", "failed"))
