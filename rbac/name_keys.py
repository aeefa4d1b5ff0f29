"""Keys for names that are there already, for migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rbac.names import MAX_KEY, double_key, key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_BATCH = 1000


def fill_keys(
    schema_editor: Any, table: str, *, name: str, key: str, within: Sequence[str] = ()
) -> None:
    """Give each row of a placement the key of its name, one tenant beside the other.

    Of two rows whose names have come to be the same, the older one gets the key. The other
    one keeps its name and is found by it as it is written; its key ends with its id, and is
    right again once it is renamed.

    Args:
        schema_editor: of the owner, whom row-level security shows all tenants' rows.
        table: the table.
        name: the column of the name.
        key: the column of its key.
        within: further columns within whose values names are unique.
    """
    quoted = [schema_editor.quote_name(each) for each in ("tenant_id", *within, "id", name, key)]
    taken: set[tuple[Any, ...]] = set()
    changed: list[tuple[str, Any]] = []
    with schema_editor.connection.cursor() as cursor:
        columns, into = ", ".join(quoted), schema_editor.quote_name(table)
        cursor.execute(f"SELECT {columns} FROM {into} ORDER BY created_at, id")  # noqa: S608  # names of ours
        for *scope, row, text, known in cursor.fetchall():
            # Names of before had no bound of their own when they are written out.
            wanted = key_of(text)[:MAX_KEY]
            if (*scope, wanted) in taken:
                wanted = double_key(wanted, row)
            taken.add((*scope, wanted))
            if wanted != known:
                changed.append((wanted, row))
        for start in range(0, len(changed), _BATCH):
            cursor.executemany(
                f"UPDATE {into} SET {quoted[-1]} = %s WHERE id = %s",  # noqa: S608  # likewise
                changed[start : start + _BATCH],
            )
