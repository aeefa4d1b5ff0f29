"""What should be in the database, read off the models and the migrations."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from tenants.isolation import jobs
from tenants.isolation.operations import Isolate
from tenants.isolation.rules import TableRule, table_rule
from tenants.ownership import is_tenant_owned

if TYPE_CHECKING:
    from django.db.models import Model

MIGRATIONS_TABLE = "django_migrations"


@cache
def placement_rules() -> dict[str, TableRule]:
    """The rule of each tenant-owned table, by its name.

    What the application role may do stands on the model (``app_privileges``) or, for
    third-party models, in the migration that adopts them.
    """
    privileges = _migrated_privileges()
    return {
        model._meta.db_table: table_rule(
            model, getattr(model, "app_privileges", None) or privileges.get(model._meta.label_lower)
        )
        for model in _tables()
        if is_tenant_owned(model._meta.app_label)
    }


@cache
def shared_tables() -> frozenset[str]:
    """The tables that belong in ``public``."""
    shared = (model._meta.db_table for model in _tables())
    return frozenset({*shared, *jobs.TABLES, MIGRATIONS_TABLE} - set(placement_rules()))


def _tables() -> list[type[Model]]:
    models = apps.get_models(include_auto_created=True)
    return [model for model in models if model._meta.managed and not model._meta.proxy]


def _migrated_privileges() -> dict[str, tuple[str, ...]]:
    """What the migrations say the application role may do, by model, where they say it."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {
        model.lower(): operation.privileges
        for migration in loader.graph.nodes.values()
        if migration is not None
        for operation in migration.operations
        if isinstance(operation, Isolate) and operation.privileges
        for model in operation.models
    }
