"""``manage.py seed_demo``: what a newcomer finds on a platform that has just been started."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from deployment.demo import description, people, seeding
from deployment.demo.description import Credentials, TenantEntry
from iac_platform.settings import ENVIRONMENT
from tenants.database.roles import as_owner
from tenants.models import PLATFORM_TENANT_ID, Tenant
from tenants.operations.upkeep import provision_pending


class Command(BaseCommand):
    """Has the operator, three tenants, their people and a worked blueprint each."""

    help = (
        "Create the demo's tenants, people and blueprints and write how to sign in. "
        "Safe to run again: passwords and tokens in the output file stay as they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--output", type=Path, required=True, help="e.g. var/demo.json")
        parser.add_argument("--base-url", default="http://127.0.0.1:8000")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Seed, write the file, and print one line of JSON that says what to look at."""
        known = Credentials(options["output"])
        with as_owner():
            for wanted in people.TENANTS:
                seeding.ensure_tenant(wanted)
            provision_pending()
        # People and blueprints are made as the application role, like everywhere else.
        entries, shown = [], ""
        for wanted in people.TENANTS:
            entry, blueprint_id = _furnish(wanted, known)
            entries.append(entry)
            if wanted.slug == people.SHOWN_TENANT:
                shown = blueprint_id
        platform = Tenant.objects.select_related("placement").get(id=PLATFORM_TENANT_ID)
        description.write(
            options["output"],
            {
                "base_url": options["base_url"],
                "operator": {
                    "host": _host(platform),
                    **seeding.ensure_account(platform, *people.OPERATOR, known),
                },
                "tenants": entries,
                "database_url": ENVIRONMENT.database_url,
                "owner_database_url": ENVIRONMENT.database_owner_url,
                "redis_url": ENVIRONMENT.redis_url,
            },
        )
        self.stdout.write(json.dumps({"tenant": people.SHOWN_TENANT, "blueprint": shown}))


def _furnish(wanted: people.DemoTenant, known: Credentials) -> tuple[TenantEntry, str]:
    """Return a tenant's entry of the file, and the id of its blueprint."""
    tenant = Tenant.objects.select_related("placement").get(slug=wanted.slug)
    if not tenant.is_usable:
        raise CommandError(f"{tenant.slug} is {tenant.status}: {tenant.placement.failure}")
    people = seeding.ensure_people(tenant, known)
    blueprint = seeding.ensure_blueprint(tenant, wanted)
    seeding.ensure_team(tenant, wanted)
    entry: TenantEntry = {
        "slug": tenant.slug,
        "tier": tenant.tier,
        "host": _host(tenant),
        "users": people,
    }
    return entry, str(blueprint.pk)


def _host(tenant: Tenant) -> str:
    return f"{tenant.slug}.{settings.BASE_DOMAIN}"
