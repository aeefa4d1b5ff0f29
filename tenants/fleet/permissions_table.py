"""The table ``permissions``, kept as the apps declare them."""

from __future__ import annotations

from iac_platform.common.permissions import ScopedPermission, catalogue, get
from tenants.models import CataloguedPermission

_FIELDS = ("resource", "action", "scope", "description")


def publish_permissions() -> int:
    """Make the table ``permissions`` say what this release declares. Runs as the owner.

    Idempotent; reads once, and writes only what differs. Nothing refers to the rows by a
    foreign key, and no check reads them, so an older release beside this one is not disturbed.

    Returns:
        How many rows were added, changed or removed.
    """
    wanted = {row.pk: row for row in map(_row, catalogue().values())}
    there = {row.pk: row for row in CataloguedPermission.objects.all()}
    changed = [row for key, row in wanted.items() if _contents(there.get(key)) != _contents(row)]
    CataloguedPermission.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=_FIELDS
    )
    removed = there.keys() - wanted.keys()
    if removed:
        CataloguedPermission.objects.filter(pk__in=removed).delete()
    return len(changed) + len(removed)


def _row(scoped: ScopedPermission) -> CataloguedPermission:
    permission = get(scoped.name)
    return CataloguedPermission(
        id=scoped.id,
        resource=permission.resource,
        action=permission.action,
        scope=scoped.scope,
        description=permission.description,
    )


def _contents(row: CataloguedPermission | None) -> tuple[str, ...]:
    return tuple(getattr(row, name) for name in _FIELDS) if row else ()
