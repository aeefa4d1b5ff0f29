"""``manage.py run_provisioner``: does what requests may only ask for."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.db import connection

from tenants.database.roles import as_owner
from tenants.operations.queue import WAKE_UP_CHANNEL
from tenants.services.placements import work_off

if TYPE_CHECKING:
    import psycopg


class Command(BaseCommand):
    """Waits for work on tenants and does it, as the owner: provisioning, moves, deletions.

    Requests run as the application role, which may not create schemas nor see two tenants;
    this process may, and answers no requests.
    """

    help = (
        "Provision, move and delete tenants as requests have asked for it, as the owner role; "
        "runs until it is told to stop. Several may run at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--once", action="store_true", help="do what is waiting, then end")
        parser.add_argument(
            "--interval", type=float, default=30, help="seconds between looks without a wake-up"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Work now, then on each wake-up or after the interval."""
        if options["once"]:
            work_off(self._say)
            return
        with as_owner():
            while True:
                self._listen(options["interval"])

    def _listen(self, interval: float) -> None:
        """Work, then wait for one wake-up; listening first misses none."""
        connection.ensure_connection()
        raw: psycopg.Connection[Any] = connection.connection
        raw.execute(f"LISTEN {WAKE_UP_CHANNEL}")
        work_off(self._say)
        # migrate_schemas closes the connection it worked on.
        connection.ensure_connection()
        waiting: psycopg.Connection[Any] = connection.connection
        if waiting is raw:
            for _ in raw.notifies(timeout=interval, stop_after=1):
                pass

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
