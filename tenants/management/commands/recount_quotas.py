"""``manage.py recount_quotas``: compare the counters of quotas with what they count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from tenants.context import tenant_scope
from tenants.management.tenant_argument import add_tenant_argument, find_tenant
from tenants.models import PlacementStatus, Tenant
from tenants.quotas.recounting import recount

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable


class Command(BaseCommand):
    """Counts rows, tenant by tenant, and corrects the counters that say otherwise."""

    help = (
        "Count what the quotas of every tenant limit, and correct each counter that differs. "
        "Safe while tenants are in use. With --dry-run it corrects nothing, and fails when any "
        "differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser, "this one alone", required=False)
        parser.add_argument("--dry-run", action="store_true", help="only report differences")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Compare as the application role, each tenant in its scope."""
        wrong = sum(self._recount(each, repair=not options["dry_run"]) for each in _chosen(options))
        if wrong and options["dry_run"]:
            raise CommandError(f"Counters that differ: {wrong}. Run it without --dry-run.")
        self.stdout.write(f"{wrong} counters corrected" if wrong else "all counters are right")

    def _recount(self, tenant: Tenant, *, repair: bool) -> int:
        with tenant_scope(tenant):
            differences = recount(repair=repair)
        for quota, used, counted in differences:
            self.stdout.write(f"{tenant.slug}: {quota} said {used:,}, there are {counted:,}")
        return len(differences)


def _chosen(options: dict[str, Any]) -> Iterable[Tenant]:
    if options["tenant"]:
        return [find_tenant(options["tenant"])]
    ready = Tenant.objects.filter(placement__status=PlacementStatus.READY)
    return ready.select_related("placement").order_by("slug")
