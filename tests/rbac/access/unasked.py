"""Services without one of the checks that they make: what their tests must notice.

Each place where a service asks for its actor's right is found in the source. It is left out, the
function compiled anew, and put in the place of the old one.
"""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

from rbac.policy import RolePolicy
from tests.rbac.access.test_one_engine import APPS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

# Calls that ask for a right, and raise or go on.
CHECKS = {
    *("require", "require_of", "require_permissions", "require_may_make_admin"),
    *("require_covers", "require_covers_role", "require_within_rights"),
    *("require_in_team", "require_may_share"),
    *("_require_holds", "_require_all_of", "_require_within", "_require_operator"),
    *("_require_rotatable", "_require_held", "_require_may_write_users"),
    *("require_may_fill", "require_admins_rights", "_require_may_act_as"),
}
# Calls that require something else.
OTHERS = {
    *("require_valid", "require_person", "require_grantable"),
    *("_require_human", "_require_person", "_require_strong", "_require_custom", "_require_free"),
    *("_require_no_circle", "_require_known", "_require_quota", "_require_sense"),
    *(
        "_require_active",
        "_require_waiting",
        "_require_delegable",
        "_require_place",
        "_require_transaction",
    ),
    *("_require_movable", "_require_movable_address", "_require_switch"),
    *("require_fit", "require_no_files", "_require_absent"),
    *("require_username", "require_welcome", "require_group", "require_provider_remains"),
    *("_require_seen", "require_recent_authentication", "_require_not_required"),
    *("require_recent", "_require_no_attestation", "require_lasting_actor"),
    *("_require_left", "_require_own_unlinkable"),
    "_require_seen",
    "_require_replaceable",
    *("_require_people", "_require_way_back", "_require_provider", "_require_room"),
}
# Calls that ask for the permission that they are given by name, or as the second argument.
ASK_FOR = {"create", "changing", "deleting", "lock", "access_change", "add_version"}


class Check(NamedTuple):
    """One place where a service asks.

    Attributes:
        module, function: where.
        number: which of the function's checks it is.
        call: what is called.
        permission: what it asks for, as the source says it; empty for what asks by itself.
    """

    module: str
    function: str
    number: int
    call: str
    permission: str

    @property
    def service(self) -> str:
        """The module's own name, or that of the room whose only one it is."""
        return self.module.removesuffix(".services").rpartition(".")[2]

    @property
    def place(self) -> tuple[str, str, str]:
        """The same for all that ask for one permission in one function."""
        return (self.module, self.function, self.permission)

    def __str__(self) -> str:
        return f"{self.service}.{self.function}: {self.number} {self.call}"


def checks() -> Iterator[Check]:
    """Every check of every service, in the order of the source."""
    for module, function in functions():
        found = _Omission(())
        found.visit(function)
        for number, (call, permission) in enumerate(found.seen):
            yield Check(module, function.name, number, call, permission)


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of the services, with the name of its module."""
    found = (path for app in APPS for path in (ROOT / app).rglob("services/*.py"))
    for path in sorted({*found, *(ROOT / "tenants").glob("*/services.py")}):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield name, node


def leave_out(checks: list[Check], patch: pytest.MonkeyPatch) -> None:
    """Have one function of a service do without these of its checks."""
    name, module = checks[0].function, import_module(checks[0].module)
    tree = ast.parse(inspect.getsource(module))
    (function,) = (each for each in tree.body if getattr(each, "name", "") == name)
    _Omission([each.number for each in checks]).visit(function)
    compiled = compile(ast.fix_missing_locations(tree), str(module.__file__), "exec")
    (code,) = (
        each for each in compiled.co_consts if isinstance(each, CodeType) and each.co_name == name
    )
    patch.setattr(inspect.unwrap(getattr(module, name)), "__code__", code)
    patch.setattr(RolePolicy, "require", staticmethod(_unless_for_nothing(RolePolicy.require)))


def _unless_for_nothing(require: Callable[..., None]) -> Callable[..., None]:
    """Creating asks always, and is to go on where it is given no permission to ask for."""

    def ask(actor: Any, permission: Any, *about: Any) -> None:
        if permission is not None:
            require(actor, permission, *about)

    return ask


def called(node: ast.AST) -> str:
    """The name of the function, or the policy's method, that a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    of_policy = isinstance(node.func, ast.Attribute) and called(node.func.value) == "access_policy"
    return str(getattr(node.func, "attr" if of_policy else "id", ""))


class _Omission(ast.NodeTransformer):
    """Leaves checks out, and notes all that it comes by."""

    def __init__(self, numbers: list[int] | tuple[()]) -> None:
        self.numbers = numbers
        self.seen: list[tuple[str, str]] = []

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if called(node.value) not in CHECKS:
            return self.generic_visit(node)
        return ast.Pass() if self._leaves_out(node.value, "") else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        asked = _permission(node) if called(node) in ASK_FOR else None
        if asked is not None and self._leaves_out(node, ast.unparse(asked)):
            nothing = ast.Constant(None)
            node.args = [nothing if each is asked else each for each in node.args]
            for keyword in node.keywords:
                keyword.value = nothing if keyword.value is asked else keyword.value
        return self.generic_visit(node)

    def _leaves_out(self, node: ast.AST, permission: str) -> bool:
        self.seen.append((called(node), permission))
        return len(self.seen) - 1 in self.numbers


def _permission(call: ast.Call) -> ast.expr | None:
    """What a call asks for; None where it asks for nothing."""
    named = [each.value for each in call.keywords if each.arg == "permission"]
    second = call.args[1:2] if called(call) == "access_change" else []
    found = next(iter([*named, *second]), None)
    return None if isinstance(found, ast.Constant) else found
