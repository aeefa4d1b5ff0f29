"""``manage.py rotate_encryption_keys``: seal secrets anew with the first of ``ENCRYPTION_KEYS``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.db.models import Q

from tenants.context import tenant_scope
from tenants.key_rotation import Rotation, rotate
from tenants.management.progress_bar import ProgressBar
from tenants.models import PlacementStatus, Tenant

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.db.models import QuerySet


class Command(BaseCommand):
    """Goes through all tenants of all placements, each in its scope."""

    help = (
        "Seal what older keys of ENCRYPTION_KEYS have sealed with the first of them, in every "
        "placement. Safe while tenants are in use, and to be run again. When it ends with status "
        "0, the older keys are needed by backups alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--dry-run", action="store_true", help="only count, and open, values")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Rotate as the application role, and say what is left."""
        dry_run = bool(options["dry_run"])
        ready = Q(placement__status=PlacementStatus.READY)
        tenants = Tenant.objects.filter(ready)
        values, problems = 0, self._unreached(Tenant.objects.exclude(ready))
        with ProgressBar(self.stdout.write) as progress:
            progress.step("Sealing values anew", total=tenants.count())
            for tenant in tenants.select_related("placement").order_by("slug"):
                rotation = _rotate(tenant, dry_run=dry_run)
                values += rotation.waiting - len(rotation.unreadable)
                problems += len(rotation.unreadable)
                for problem in rotation.unreadable:
                    self.stderr.write(f"{tenant.slug}: {problem}")
                progress.advance()
        self.stdout.write(f"values {'to seal' if dry_run else 'sealed'} anew: {values:,}")
        if problems:
            raise CommandError(f"Values or tenants that were left: {problems}. Keep the old keys.")

    def _unreached(self, tenants: QuerySet[Tenant]) -> int:
        """Name those whose placement takes nothing now, as it is being made, moved or given up."""
        slugs = list(tenants.order_by("slug").values_list("slug", flat=True))
        for slug in slugs:
            self.stderr.write(f"{slug}: its placement is not ready")
        return len(slugs)


def _rotate(tenant: Tenant, *, dry_run: bool) -> Rotation:
    """Rotate a tenant's; one that takes no writes just now, as it moves, holds up no other."""
    try:
        with tenant_scope(tenant):
            return rotate(dry_run=dry_run)
    except DatabaseError as error:
        return Rotation(waiting=1, unreadable=[f"cannot be written now: {error}"])
