"""``manage.py access_review``: who holds what in a tenant, as CSV."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from rbac.services.access_review import export_review
from tenants.context import tenant_scope
from tenants.management.progress_bar import ProgressBar
from tenants.management.tenant_argument import add_tenant_argument, find_tenant
from tenants.models import Tenant

_ACTOR = SystemActor("manage.py access_review")


class Command(BaseCommand):
    """Writes a tenant's access review."""

    help = (
        "Write every user of a tenant with every grant that has not ended, as CSV: role, origin, "
        "limits, period and last sign-in. The tenant's audit log says that it was taken."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser, "whose users")
        parser.add_argument(
            "--output",
            type=Path,
            metavar="FILE",
            help="a new file, for its owner alone to read; standard output if left out",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Write it."""
        tenant = find_tenant(options["tenant"])
        if options["output"] is None:
            _show_every_name()
            _write(tenant, partial(self.stdout.write, ending=""), marked=False)
        else:
            with _new_file(options["output"]) as file:
                _write(tenant, file.write, marked=True)


def _show_every_name() -> None:
    """Escape what the terminal's encoding does not have, instead of dying of it half-way."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _write(tenant: Tenant, write: Callable[[str], Any], *, marked: bool) -> None:
    with ProgressBar(lambda _: None) as progress, tenant_scope(tenant):
        progress.step("grants")
        for piece in export_review(actor=_ACTOR, marked=marked):
            write(piece)
            progress.advance(piece.count("\r\n"))


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """A file that was not there; it goes again if it cannot be finished."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(f"{path} cannot be made: {error.strerror}.") from error
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123  # of a descriptor
            yield file
    except BaseException:
        path.unlink()
        raise
