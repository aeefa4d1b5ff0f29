"""Who may do what in PostgreSQL, and how a command becomes the owner.

``iac_app`` runs web and workers: bound by row-level security, owner of nothing.
``iac_owner`` owns every table and runs migrations, provisioning and backups.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections

from tenants.database.base import DatabaseWrapper

if TYPE_CHECKING:
    from collections.abc import Iterator

APP_ROLE = "iac_app"
OWNER_ROLE = "iac_owner"
OWNER_ALIAS = "owner"


@contextmanager
def as_owner() -> Iterator[DatabaseWrapper]:
    """Run the block's statements as the owner role, on a connection of its own.

    Raises:
        ImproperlyConfigured: ``DATABASE_OWNER_URL`` is not set in this process, as
            it should not be in one that answers requests.
    """
    application = connections[DEFAULT_DB_ALIAS]
    if getattr(application, "is_owner", False):
        yield application  # type: ignore[misc]  # narrowed by the attribute just read
        return
    owner = owner_connection()
    connections[DEFAULT_DB_ALIAS] = owner
    try:
        yield owner
    finally:
        connections[DEFAULT_DB_ALIAS] = application
        owner.close()


def owner_connection() -> DatabaseWrapper:
    """A new connection as the owner role; the caller closes it.

    Raises:
        ImproperlyConfigured: ``DATABASE_OWNER_URL`` is not set in this process.
    """
    configured = connections.settings
    if OWNER_ALIAS not in configured:
        raise ImproperlyConfigured(
            "This command changes tables, so it must connect as the owner role. "
            "Set DATABASE_OWNER_URL (see docs/operations/configuration.md)."
        )
    # Under the default alias, so that routers and migrations need not know.
    wrapper = DatabaseWrapper(dict(configured[OWNER_ALIAS]), DEFAULT_DB_ALIAS)
    wrapper.is_owner = True
    return wrapper
