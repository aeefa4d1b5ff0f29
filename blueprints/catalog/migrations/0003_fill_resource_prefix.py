from typing import Any, ClassVar

from django.db import migrations, transaction

from blueprints.catalog.prefixes import candidates

_BATCH = 5_000
_WAITING = """
    SELECT id, name, tenant_id FROM blueprints
    WHERE resource_prefix IS NULL ORDER BY created_at, id LIMIT %s FOR NO KEY UPDATE
"""
_TAKEN = "SELECT tenant_id, resource_prefix FROM blueprints WHERE resource_prefix IS NOT NULL"
_FILL = """
    UPDATE blueprints AS blueprint SET resource_prefix = made.prefix
    FROM unnest(%s::uuid[], %s::text[]) AS made (id, prefix) WHERE blueprint.id = made.id
"""


def fill(_apps: Any, schema_editor: Any) -> None:
    """Give each blueprint a prefix: the oldest of a name gets the plain one.

    What a release that knows no prefixes adds later stays without one, and is named by its id.
    """
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN)
        taken = set(cursor.fetchall())
        while _fill_batch(connection, cursor, taken):
            pass


def _fill_batch(connection: Any, cursor: Any, taken: set[tuple[Any, str]]) -> bool:
    """Fill some, whose locks end with them; whether there were any."""
    with transaction.atomic(connection.alias):
        waiting = _next(cursor)
        made = [(key, _free(key, name, tenant, taken)) for key, name, tenant in waiting]
        if made:
            cursor.execute(_FILL, [list(column) for column in zip(*made, strict=True)])
    return bool(made)


def _next(cursor: Any) -> list[tuple[Any, str, Any]]:
    cursor.execute(_WAITING, [_BATCH])
    rows: list[tuple[Any, str, Any]] = cursor.fetchall()
    return rows


def _free(key: Any, name: str, tenant: Any, taken: set[tuple[Any, str]]) -> str:
    prefix = next(each for each in candidates(name, key) if (tenant, each) not in taken)
    taken.add((tenant, prefix))
    return prefix


class Migration(migrations.Migration):
    """Prefixes for the blueprints that there are."""

    atomic = False
    dependencies: ClassVar = [("catalog", "0002_blueprint_resource_prefix")]

    operations: ClassVar = [migrations.RunPython(fill, migrations.RunPython.noop)]
