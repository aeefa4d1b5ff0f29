"""``manage.py migrate_schemas``: django-tenants' command, run as the owner."""

from typing import Any

from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand
from django_tenants.signals import schema_migrated

from tenants.database.roles import as_owner
from tenants.isolation.fingerprint import record_migrated
from tenants.services.placements import provision_pending
from tenants.services.tenants import ensure_platform


class Command(MigrateSchemasCommand):  # type: ignore[misc]  # published without types
    """Migrates ``public`` and every placement as the owner, and makes what is pending."""

    help = (
        "Migrate the shared schema and all placements, as the owner role "
        "(DATABASE_OWNER_URL). The first run also creates the operator's tenant."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, noting what each schema has."""
        with as_owner():
            schema_migrated.connect(_record)
            try:
                super().handle(*args, **options)
            finally:
                schema_migrated.disconnect(_record)
            if not options.get("schema_name") and self.sync_tenant:
                ensure_platform()
                provision_pending(self.stdout.write)


def _record(schema_name: str, **_: Any) -> None:
    record_migrated(schema_name)
