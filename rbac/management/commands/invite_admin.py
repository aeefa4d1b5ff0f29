"""``manage.py invite_admin``: invite the first admin of a tenant that waits for one."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from rbac.services.invitations import invitation_link, invite_admin
from tenants.lifecycle.services import operators_scope
from tenants.management.tenant_argument import add_tenant_argument, find_tenant


class Command(BaseCommand):
    """Makes an invitation and prints its link for the only time."""

    help = "Invite the first admin of a tenant; the link is printed once, earlier ones are void."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser)
        parser.add_argument("--email", default="", help="another address than the one given before")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Make the invitation in the operator's scope."""
        tenant = find_tenant(options["tenant"])
        actor = SystemActor("manage.py invite_admin")
        try:
            with operators_scope():
                invitation, token = invite_admin(tenant, actor=actor, email=options["email"])
                scheme = "https" if settings.SECURE else "http"
                link = invitation_link(tenant, token, scheme=scheme, port=settings.PUBLIC_PORT)
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(
            f"Send this link to {invitation.email} and to nobody else. It can be used once, "
            f"until {invitation.expires_at:%Y-%m-%d %H:%M} UTC, and is not shown again:"
        )
        self.stdout.write(link)
