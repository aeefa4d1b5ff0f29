"""``manage.py create_user``: add a person to a tenant, for instance the first admin."""

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.management.tenant_argument import add_tenant_argument, find_tenant


class Command(BaseCommand):
    """Adds a user with roles to a tenant."""

    help = "Add a user with roles to a tenant; asks for a password, or generates one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser)
        parser.add_argument("--username", required=True)
        parser.add_argument("--email", default="")
        parser.add_argument(
            "--role", action="append", default=[], help="a role's name; may be repeated"
        )
        parser.add_argument(
            "--generate-password", action="store_true", help="make one up and print it once"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Create the user in the tenant's scope."""
        tenant = find_tenant(options["tenant"])
        password = self._password(generate=options["generate_password"])
        try:
            with tenant_scope(tenant):
                create_user(
                    username=options["username"],
                    email=options["email"],
                    password=password,
                    roles=options["role"],
                    actor=SystemActor("manage.py create_user"),
                )
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(self.style.SUCCESS(f"user {options['username']}: added to {tenant.slug}"))
        if options["generate_password"]:
            self.stdout.write(f"password: {password}")

    def _password(self, *, generate: bool) -> str:
        if generate:
            return secrets.token_urlsafe(18)
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\n")
        first = getpass.getpass("Password: ")
        if first != getpass.getpass("Again: "):
            raise CommandError("The passwords differ.")
        return first
