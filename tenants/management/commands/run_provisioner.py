"""``manage.py run_provisioner``: makes the placements that requests ask for."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.db import connection

from tenants.database.roles import as_owner
from tenants.operations.queue import WAKE_UP_CHANNEL
from tenants.services.placements import provision_pending

if TYPE_CHECKING:
    import psycopg


class Command(BaseCommand):
    """Waits for tenants without a placement and provisions them, as the owner.

    Requests run as the application role, which may not create schemas; this process
    may, and answers no requests.
    """

    help = "Make pending placements as the owner role; runs until it is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--once", action="store_true", help="make what is pending, then end")
        parser.add_argument(
            "--interval", type=float, default=30, help="seconds between looks without a wake-up"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Provision now, then on each wake-up or after the interval."""
        if options["once"]:
            provision_pending(self._say)
            return
        with as_owner():
            while True:
                self._listen(options["interval"])

    def _listen(self, interval: float) -> None:
        """Provision, then wait for one wake-up; listening first misses none."""
        connection.ensure_connection()
        raw: psycopg.Connection[Any] = connection.connection
        raw.execute(f"LISTEN {WAKE_UP_CHANNEL}")
        provision_pending(self._say)
        # migrate_schemas closes the connection it worked on.
        connection.ensure_connection()
        waiting: psycopg.Connection[Any] = connection.connection
        if waiting is raw:
            for _ in raw.notifies(timeout=interval, stop_after=1):
                pass

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
