"""``manage.py remove_second_factors``: help somebody who has lost all of theirs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from rbac.models import User
from sso.second_factors.selectors import factors_of
from sso.second_factors.services.factors import remove_factor
from tenants.context import tenant_scope
from tenants.management.tenant_argument import add_tenant_argument, find_tenant

_ACTOR = SystemActor("manage.py remove_second_factors")


class Command(BaseCommand):
    """Removes a user's second factors, for when no admin of the tenant can sign in."""

    help = (
        "Remove all second factors and recovery codes of a user, whose sessions end. Be sure who "
        "asks for it: afterwards the password alone signs them in, or sets up a new one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser)
        parser.add_argument("username", help="whose second factors")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be removed, and remove nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Remove them, or say which there are."""
        with tenant_scope(find_tenant(options["tenant"])):
            user = User.objects.named(options["username"]).first()
            if user is None:
                raise CommandError(f"The tenant has no user {options['username']!r}.")
            factors = list(factors_of(user))
            if not factors:
                raise CommandError(f"{user} has no second factor.")
            for factor in factors:
                if not options["dry_run"]:
                    _remove(factor)
                done = "would be removed" if options["dry_run"] else "removed"
                self.stdout.write(f"{factor.get_kind_display()} {factor.name}: {done}")


def _remove(factor: Any) -> None:
    try:
        remove_factor(factor, actor=_ACTOR)
    except DomainError as error:
        raise CommandError(error.detail) from error
