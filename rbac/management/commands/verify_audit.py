"""``manage.py verify_audit``: is each tenant's audit log what was written?"""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rbac.chain.links import Tip
from rbac.chain.verification import Verdict, as_json, verify
from tenants.context import tenant_scope
from tenants.management.progress_bar import ProgressBar
from tenants.management.tenant_argument import add_tenant_argument, find_tenant
from tenants.models import Tenant

_HASH_DIGITS = 64


class Command(BaseCommand):
    """Verifies the chain of one tenant's audit log, or of all."""

    help = (
        "Verify that audit logs are what was written: each entry against its link, each link "
        "against the one before, the end against the anchor that is kept apart. Prints the first "
        "bad sequence of a log and what is wrong with it; ends with status 1 if anything is. "
        "Needs no owner role, and the AUDIT_KEYS that signed the log."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        which = parser.add_mutually_exclusive_group(required=True)
        add_tenant_argument(which, "whose log", required=False)
        which.add_argument("--all", action="store_true", help="every tenant's log")
        parser.add_argument(
            "--tip",
            metavar="SEQUENCE:HASH",
            help="a tip that was kept elsewhere, as in the log line audit_tip; with --tenant",
        )
        parser.add_argument("--json", action="store_true", help="print a JSON object by tenant")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Verify, and tell."""
        if options["tip"] and options["all"]:
            raise CommandError("--tip is the tip of one log; name its tenant.")
        tips = (_tip(options["tip"]),) if options["tip"] else ()
        say = (lambda _: None) if options["json"] or not options["verbosity"] else self.stdout.write
        verdicts: dict[str, Verdict] = {}
        for tenant in _tenants(options["tenant"]):
            with ProgressBar(say) as progress, tenant_scope(tenant):
                verdicts[tenant.slug] = verify(progress=progress, tips=tips)
            if not options["json"]:
                self._tell(tenant.slug, verdicts[tenant.slug])
        if options["json"]:
            verdict_by_tenant = {slug: as_json(verdict) for slug, verdict in verdicts.items()}
            self.stdout.write(json.dumps(verdict_by_tenant, indent=2))
        bad = [slug for slug, verdict in verdicts.items() if not verdict.is_sound]
        if bad:
            raise CommandError(f"{len(bad)} logs are not sound: {', '.join(bad)}", returncode=1)

    def _tell(self, slug: str, verdict: Verdict) -> None:
        for finding in verdict.findings:
            self.stdout.write(self.style.ERROR(f"{slug}: {finding}"))
        if verdict.is_sound:
            summary = f"{slug}: {verdict.links} links verified, tip {verdict.tip}"
            self.stdout.write(self.style.SUCCESS(summary))


def _tenants(text: str | None) -> Iterable[Tenant]:
    if text is not None:
        return [find_tenant(text)]
    tenants = Tenant.objects.select_related("placement").order_by("slug")
    return tenants.exclude(placement__status__in=("pending", "failed"))


def _tip(text: str) -> Tip:
    sequence, _, digest = text.partition(":")
    if not sequence.isdecimal() or len(digest) != _HASH_DIGITS:
        raise CommandError("--tip takes SEQUENCE:HASH, for instance 42: and 64 hexadecimal digits.")
    return Tip(int(sequence), digest)
