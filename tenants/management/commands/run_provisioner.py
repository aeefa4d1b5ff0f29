"""``manage.py run_provisioner``: does what requests may only ask for."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from asgiref.sync import sync_to_async
from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

from tenants.operations.tasks import retry_stalled
from tenants.operations.upkeep import drain_queue
from tenants.queue.requests import QUEUE
from tenants.queue.worker import owner_connector, serve


class Command(BaseCommand):
    """A worker for the jobs that need the owner role: provisioning, moves, deletions.

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
            "--interval",
            type=float,
            default=30,
            help="seconds between looks where no notification comes through",
        )
        parser.add_argument("--concurrency", type=int, default=2, help="jobs that are done at once")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Take up what is waiting or was interrupted, then work until told to stop."""
        if options["once"]:
            drain_queue(self._say)
            return
        with app.replace_connector(owner_connector()):
            asyncio.run(
                serve(
                    app,
                    self._begin,
                    {
                        "name": "provisioner",
                        "queues": [QUEUE],
                        "concurrency": options["concurrency"],
                        "fetch_job_polling_interval": options["interval"],
                        "delete_jobs": "successful",
                    },
                )
            )

    async def _begin(self) -> None:
        await sync_to_async(drain_queue, thread_sensitive=False)(self._say)
        await retry_stalled(app.job_manager)
        self._say("waiting for jobs")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
