"""``manage.py cloud_limits``: write the pages of what each cloud demands, or check them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from blueprints.catalog.documents import clouds
from blueprints.catalog.documents.cloud_rules import rules
from blueprints.catalog.documents.cloud_rules.page import render

_FOLDER = Path(settings.BASE_DIR) / "docs" / "blueprints"


class Command(BaseCommand):
    """Writes ``docs/blueprints/<cloud>-limits.md``; with ``--check`` it only compares, for CI."""

    help = "Write the pages of the limits of each cloud from the rules that hold them."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail if a page is out of date"
        )
        parser.add_argument(
            "--folder", type=Path, default=_FOLDER, help="by default docs/blueprints"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Write or compare each page."""
        for cloud in (name for name in clouds() if rules(name)):
            page: Path = options["folder"] / f"{cloud}-limits.md"
            wanted = render(cloud)
            if not options["check"]:
                page.write_text(wanted, encoding="utf-8")
                self.stdout.write(f"{page} is written.")
            elif not page.exists() or page.read_text(encoding="utf-8") != wanted:
                raise CommandError(f"{page} is out of date: run manage.py cloud_limits.")
            else:
                self.stdout.write(f"{page} is up to date.")
