"""Blueprints from before there were prefixes get theirs, and lose them on the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from blueprints.catalog.prefixes import candidates, of_identity

if TYPE_CHECKING:
    from tests.tenants.fleet.platform import FleetPlatform

ONE, ANOTHER = UUID(int=1), UUID(int=2)
NAMES = [(ONE, "Shop"), (ONE, "shop"), (ONE, "在庫"), (ANOTHER, "Shop")]
_PROJECT = (
    "INSERT INTO {}.projects (id, tenant_id, name, name_key, description, revision, created_at,"
    " updated_at) VALUES (%s, %s, 'p', %s, '', 1, now(), now())"
)
_BLUEPRINT = (
    "INSERT INTO {}.blueprints (id, tenant_id, project_id, name, name_key, description,"
    " latest_number, revision, created_at, updated_at)"
    " VALUES (%s, %s, %s, %s, %s, '', 0, 1, now(), now())"
)
_COLUMNS = "SELECT 1 FROM information_schema.columns WHERE column_name = 'resource_prefix'"


def add(fleet: FleetPlatform, schema: str, tenant: UUID, name: str) -> UUID:
    """Write a blueprint as the release before did, in a project of its own."""
    project, blueprint = uuid4(), uuid4()
    fleet.query(_PROJECT.format(schema), project, tenant, str(project))
    fleet.query(_BLUEPRINT.format(schema), blueprint, tenant, project, name, name.lower())
    return blueprint


def prefixes(fleet: FleetPlatform, schema: str) -> dict[Any, str]:
    return dict(fleet.query(f"SELECT id, resource_prefix FROM {schema}.blueprints"))  # noqa: S608


def test_blueprints_of_a_pool_get_prefixes_that_nobody_else_has(fleet: FleetPlatform) -> None:
    (schema,) = [each for each in fleet.schemas if each.startswith("pool")][:1]
    fleet.migrate("catalog", "0001", "--schema", schema)
    assert not fleet.query(f"{_COLUMNS} AND table_schema = %s", schema)
    made = [add(fleet, schema, tenant, name) for tenant, name in NAMES]
    fleet.migrate()
    second = candidates("shop", made[1])
    expected = ["shop", [next(second), next(second)][1], next(candidates("在庫", made[2])), "shop"]
    assert prefixes(fleet, schema) == dict(zip(made, expected, strict=True))
    late = add(fleet, schema, ONE, "Shop")
    assert prefixes(fleet, schema)[late] is None
    assert of_identity(late) not in expected
