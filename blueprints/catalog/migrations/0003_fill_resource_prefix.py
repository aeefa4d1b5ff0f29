import hashlib
import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from typing import Any, ClassVar

from django.db import migrations, transaction

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
    prefix = next(each for each in _candidates(name, key) if (tenant, each) not in taken)
    taken.add((tenant, prefix))
    return prefix


# What makes a prefix today is in ``prefixes``; a migration gives the same one whenever it runs.
_LONGEST, _DIGEST = 15, 6
_RESERVED = re.compile(
    "amzn|aws|azure|goog|internal-|login|microsoft|sg-|ssm|sthree-|windows|xbox|xn-"
)


def _candidates(name: str, key: Any) -> Iterator[str]:
    decomposed = unicodedata.normalize("NFKD", name)
    plain = decomposed.encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    loses = any(each.isalnum() and not each.isascii() for each in decomposed)
    is_plain = not loses and _is_legal(plain)
    yield plain if is_plain else _marked(plain, unicodedata.normalize("NFC", name))
    yield from (_marked(plain, f"{key}:{number}") for number in count())


def _is_legal(prefix: str) -> bool:
    form = re.fullmatch("[a-z](-?[a-z0-9])*", prefix)
    return bool(form) and len(prefix) <= _LONGEST and not _RESERVED.match(f"{prefix}-")


def _marked(plain: str, source: str) -> str:
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    starts = (
        f"{start[: _LONGEST - _DIGEST - 1].rstrip('-')}-{digest}" for start in (plain, f"b-{plain}")
    )
    return next(filter(_is_legal, starts))


class Migration(migrations.Migration):
    """Prefixes for the blueprints that there are."""

    atomic = False
    dependencies: ClassVar = [("catalog", "0002_blueprint_resource_prefix")]

    operations: ClassVar = [migrations.RunPython(fill, migrations.RunPython.noop)]
