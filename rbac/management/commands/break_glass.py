"""``manage.py break_glass``: let one of the operator's staff into a tenant for a while."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from rbac.services.support import (
    DEFAULT_MINUTES,
    DEFAULT_ROLE,
    LONGEST_MINUTES,
    grant_support_access,
)
from rbac.system_roles import grantable_to_support
from tenants.context import tenant_scope
from tenants.management.tenant_argument import add_tenant_argument, find_tenant
from tenants.models import PLATFORM_TENANT_ID, Tenant


class Command(BaseCommand):
    """Gives support access, for when the operator's own admin cannot be used."""

    help = (
        "Let one of the operator's staff into a tenant for a while. Prints a bearer token once. "
        "Both audit logs say who and why; the tenant sees it and can end it at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser)
        parser.add_argument("--reason", required=True, help="why; the tenant reads it")
        parser.add_argument(
            "--minutes",
            type=int,
            default=DEFAULT_MINUTES,
            help=f"how long, at most {LONGEST_MINUTES}; {DEFAULT_MINUTES} by default",
        )
        parser.add_argument(
            "--role",
            default=DEFAULT_ROLE,
            choices=grantable_to_support(),
            help=f"what they may see; {DEFAULT_ROLE} by default",
        )
        parser.add_argument(
            "--operator", default=None, help="who it is; the account that runs this by default"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Give access and print the token."""
        tenants = Tenant.objects.select_related("placement")
        tenant = find_tenant(options["tenant"])
        operator = options["operator"] or getpass.getuser()
        try:
            with tenant_scope(tenants.get(pk=PLATFORM_TENANT_ID)):
                grant = grant_support_access(
                    tenant,
                    operator=SystemActor(f"{operator} (manage.py break_glass)"),
                    reason=options["reason"],
                    role=options["role"],
                    minutes=options["minutes"],
                )
        except DomainError as error:
            raise CommandError(error.detail) from error
        access = grant.access
        self.stdout.write(
            self.style.SUCCESS(
                f"{access.user.username}: {access.role_key} of {tenant.slug} until "
                f"{access.expires_at:%Y-%m-%d %H:%M} UTC"
            )
        )
        self.stdout.write(f"token: {grant.token}")
