"""``manage.py permission_reference``: write the reference of permissions, or check it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.permissions import declared
from rbac.permission_reference import render

_PAGE = Path(settings.BASE_DIR) / "docs" / "permissions.md"


class Command(BaseCommand):
    """Writes ``docs/permissions.md``; with ``--check`` it only compares, for CI."""

    help = "Write the reference of permissions from what the apps declare and the system roles."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail if the page is out of date"
        )
        parser.add_argument(
            "--file", type=Path, default=_PAGE, help="the page, by default docs/permissions.md"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Write or compare."""
        page: Path = options["file"]
        wanted = render(declared())
        if not options["check"]:
            page.write_text(wanted, encoding="utf-8")
            self.stdout.write(f"{page} is written.")
        elif not page.exists() or page.read_text(encoding="utf-8") != wanted:
            raise CommandError(f"{page} is out of date: run manage.py permission_reference.")
        else:
            self.stdout.write(f"{page} is up to date.")
