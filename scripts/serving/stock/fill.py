"""Gives the stock project its tenants; prints who may ask for what, one JSON object a tenant."""

from __future__ import annotations

import argparse
import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stock_site.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django_tenants.utils import tenant_context  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402
from stock_catalog.models import Blueprint, BlueprintVersion, Project  # noqa: E402
from stock_customers.models import Client, Domain  # noqa: E402


def make(number: int, blueprints: int, document: object) -> dict[str, object]:
    """A tenant with a user, a project and its blueprints."""
    host = f"stock-{number}.bench.test"
    tenant = Client(schema_name=f"stock_{number}", name=f"Stock {number}")
    tenant.save(verbosity=0)
    Domain.objects.create(domain=host, tenant=tenant, is_primary=True)
    with tenant_context(tenant):
        user = User.objects.create(username="engineer")
        project = Project.objects.create(name="Bench", created_by=user)
        made = Blueprint.objects.bulk_create(
            Blueprint(project=project, name=f"Blueprint {each}", latest_number=1, created_by=user)
            for each in range(blueprints)
        )
        versions = BlueprintVersion.objects.bulk_create(
            BlueprintVersion(
                blueprint=each, number=1, document=document, content_hash="0" * 64, created_by=user
            )
            for each in made
        )
        token = Token.objects.create(user=user).key
    return {
        "host": host,
        "token": token,
        "project": str(project.pk),
        "blueprints": [str(each.pk) for each in made],
        "versions": [str(each.pk) for each in versions],
    }


def main() -> None:
    """Migrate, and make as many tenants as are asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenants", type=int, required=True)
    parser.add_argument("--blueprints", type=int, required=True)
    parser.add_argument("--document", type=json.loads, required=True)
    options = parser.parse_args()
    call_command("migrate_schemas", schema_name="public", verbosity=0)
    for number in range(options.tenants):
        print(json.dumps(make(number, options.blueprints, options.document)))


if __name__ == "__main__":
    main()
