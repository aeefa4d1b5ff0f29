"""``manage.py clearsessions``: remove the sessions that have expired, and what else has."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from sso.sign_in.services.expired import clear_expired


class Command(BaseCommand):
    """Does at once what a job of the provisioner does every hour."""

    help = (
        "Remove the expired sessions, SAML requests and the like of all tenants, as a job of the "
        "provisioner does hourly."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Remove them, and say how many they were."""
        self.stdout.write(f"{clear_expired()} expired rows removed")
