"""``manage.py retry_placement``: have a placement that failed made again."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from tenants.context import tenant_scope
from tenants.models import PLATFORM_TENANT_ID, Placement, Tenant
from tenants.provisioning.services import retry_placement


class Command(BaseCommand):
    """Puts a placement that failed back to pending and wakes the provisioner."""

    help = (
        "Have the provisioner make a placement that failed once more. Fix the cause first: "
        "it stands in the placement's page and in tenant_stats."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("schema", help="the placement's schema, for instance pool_002")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Queue it."""
        placement = Placement.objects.filter(schema_name=options["schema"]).first()
        if placement is None:
            raise CommandError(f"There is no placement {options['schema']!r}.")
        actor = SystemActor(f"{getpass.getuser()} (manage.py retry_placement)")
        platform = Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)
        try:
            with tenant_scope(platform):
                retry_placement(placement, actor=actor)
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(
            self.style.SUCCESS(f"placement {placement}: pending; run_provisioner makes it")
        )
