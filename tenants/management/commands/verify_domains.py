"""``manage.py verify_domains``: ask DNS about tenants' domains, and free former addresses."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from iac_platform.common.audit import SystemActor
from tenants.context import tenant_scope
from tenants.domains.services.addresses import expired_addresses, sweep_expired_redirects
from tenants.domains.services.checks import check_all, due_domains
from tenants.selectors import platform

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from tenants.domains.services.checks import Outcome
    from tenants.models import Domain

ACTOR = SystemActor("manage.py verify_domains")


class Command(BaseCommand):
    """Checks the domains that are due and removes former addresses whose time is over."""

    help = (
        "Ask DNS for the proof of every domain that is due: unverified ones hourly for two weeks, "
        "verified ones daily. A verified domain whose record is gone is flagged to the operator "
        "and stays served. Former addresses of renamed tenants are removed when their time is "
        "over. Run it every ten minutes or so; it does nothing when nothing is due."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--limit", type=int, default=1000, help="check at most so many domains (1000)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done; ask and write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Check what is due, then sweep; all in the operator's scope, as the application role."""
        with tenant_scope(platform()):
            due = list(due_domains()[: options["limit"]])
            if options["dry_run"]:
                self._announce(due)
                return
            self._check(due)
            swept = sweep_expired_redirects(actor=ACTOR)
        for host in swept:
            self.stdout.write(f"{host}: redirects no more")
        self.stdout.write(f"{len(due)} domains checked, {len(swept)} former addresses removed")

    def _announce(self, due: list[Domain]) -> None:
        for domain in due:
            self.stdout.write(f"{domain} ({domain.tenant.slug}): would be checked")
        for domain in expired_addresses():
            self.stdout.write(f"{domain} ({domain.tenant.slug}): would be removed")

    def _check(self, due: list[Domain]) -> None:
        outcomes = check_all(due, actor=ACTOR)
        silent = not sys.stderr.isatty()
        for outcome in tqdm(outcomes, total=len(due), unit="domain", disable=silent):
            if line := _describe(outcome):
                self.stdout.write(f"{outcome.domain} ({outcome.domain.tenant.slug}): {line}")


def _describe(outcome: Outcome) -> str:
    if outcome.unwritten:
        return f"asked, but not written down, and asked again: {outcome.unwritten}"
    if outcome.newly_verified:
        return "verified"
    return f"still served, but: {outcome.domain.failure}" if outcome.newly_missed else ""
