"""Nothing decides by another rule than ``rbac.policy``; nothing gives rights past the services.

Read off the code of all apps, so it holds for those that come as well.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
APPS = ("blueprints", "iac_platform", "rbac", "sso", "tenants")
# What other engines decide by.
RIVALS = {
    "is_staff",
    "is_superuser",
    "has_perm",
    "has_perms",
    "has_module_perms",
    "get_all_permissions",
    "user_permissions",
    "user_passes_test",
    "permission_required",
    "login_required",
    "staff_member_required",
    "IsAdminUser",
    "IsAuthenticated",
    "DjangoModelPermissions",
}
# Who has a role may be shown, and is nothing to decide by.
ROLES = {"role_keys", "role_key"}
SHOWS_ROLES = {
    "rbac/access/explaining.py",
    "rbac/access/holdings.py",
    "rbac/access/loading.py",
    "rbac/models/user.py",
    "rbac/selectors.py",
}

# What says who may do what, and the calls that write it.
RIGHTS = {"AccessStamp", "RoleGrant", "RoleParent", "RolePermission", "TeamMember"}
WRITES = {
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "update",
    "update_or_create",
}
SERVICES = "rbac/services/"


def sources() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def uses(tree: ast.AST, names: set[str]) -> Iterator[tuple[str, int]]:
    """Where code reads any of these names; to define one, or to name it in a string, is not to."""
    for node in ast.walk(tree):
        name = getattr(node, "attr", None) or getattr(node, "id", None)
        if isinstance(node, ast.Attribute | ast.Name) and name in names:
            yield name, node.lineno


def decides_by(tree: ast.AST, names: set[str]) -> Iterator[tuple[str, int]]:
    """Where a comparison, or a condition, has one of these names in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from uses(node, names)
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            yield from uses(node.test, names)


def writes(tree: ast.AST, models: set[str]) -> Iterator[tuple[str, int]]:
    """Where code makes a row of these models, or writes by way of their managers."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in models:
            yield node.func.id, node.lineno
        elif isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            yield from uses(node.func.value, models)


def test_rights_are_written_by_the_services_alone() -> None:
    """So whatever gives them, also what is not written yet, gives what its actor holds."""
    found = [
        (path, *use)
        for path, tree in sources()
        if not path.startswith(SERVICES)
        for use in writes(tree, RIGHTS)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "RoleGrant(user=user, role=role).save()",
        "RoleGrant.objects.create(user=user, role=role)",
        "TeamMember.objects.filter(team=team).delete()",
        "models.RolePermission.objects.bulk_create(rows)",
    ],
)
def test_rights_that_are_written_elsewhere_would_be_found(code: str) -> None:
    assert list(writes(ast.parse(code), RIGHTS))


def test_nothing_asks_another_engine() -> None:
    found = [(path, *use) for path, tree in sources() for use in uses(tree, RIVALS)]
    assert found == []


def test_nothing_decides_by_the_name_of_a_role() -> None:
    found = [
        (path, *use)
        for path, tree in sources()
        if path not in SHOWS_ROLES
        for use in decides_by(tree, ROLES)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    ["if user.is_staff: pass", "return_ = user.has_perm('x')", "@login_required\ndef view(): ..."],
)
def test_another_engine_would_be_found(code: str) -> None:
    assert list(uses(ast.parse(code), RIVALS))


@pytest.mark.parametrize(
    "code", ["if 'admin' in user.role_keys: pass", "x = a.role_key == 'admin'"]
)
def test_a_decision_by_a_role_would_be_found(code: str) -> None:
    assert list(decides_by(ast.parse(code), ROLES))
