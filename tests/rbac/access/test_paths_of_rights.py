"""Every path that gives rights asks whether whoever gives holds them.

Read off the code: each function that writes what says who may do what, or makes somebody able
to act, stands in a list here with the check that it goes through. A new one fails until it does.
And the operator's paths into a tenant are walked by a clerk who holds too little, and by one who
holds enough.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from iac_platform.common.errors import NotPermitted
from rbac.errors import CannotGrant
from rbac.models import Invitation, SupportAccess, User
from rbac.selectors import user_by_id
from rbac.services.admins import create_admin
from rbac.services.grants import grant_role
from rbac.services.invitations import invite_admin
from rbac.services.roles import create_role
from rbac.services.support import grant_support_access
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.models import Tenant, TenantStatus
from tenants.tenants.services import create_tenant
from tests.admin_client import AdminClient
from tests.api_client import ApiClient
from tests.conftest import ACTOR
from tests.rbac.access.test_one_engine import ROOT, WRITES, uses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What says who may do what, and what lets somebody act.
MODELS = {
    *("AccessStamp", "ApiToken", "Invitation", "Role", "RoleGrant", "RoleParent"),
    *("RolePermission", "SupportAccess", "Team", "TeamMember", "User"),
}
FIELDS = {
    *("ancestors", "expires_at", "is_active", "kind", "owner", "parent", "password"),
    *("revoked_at", "starts_at", "scopes", "networks"),
}
SETTERS = {"make_password", "set_password", "set_unusable_password", "setattr"}


class Asked(NamedTuple):
    """Where a function's check is: in itself, or in those that call it."""

    check: str
    by: tuple[str, ...] = ()


CHANGE = "access_change"
PATHS: dict[str, Asked] = {
    "grants._unsaved": Asked("_require_holds", ("grant_within", "delegate_role")),
    "grants._write": Asked("_require_holds", ("grant_within", "delegate_role")),
    "invitations.invite_admin": Asked("require_may_make_admin"),
    "invitations.invite_user": Asked("require_covers_role"),
    "roles.create_role": Asked("require_covers_role"),
    "roles._set": Asked("require_covers_role", ("create_role", "update_role")),
    "service_accounts.create_service_account": Asked(CHANGE),
    "service_accounts.update_service_account": Asked("require_within_rights"),
    "support.open_access": Asked("require_covers_role", ("grant_support_access",)),
    "teams.create_team": Asked("_put_under"),
    "teams.update_team": Asked("_require_all_of"),
    "teams.add_member": Asked("_require_holds"),
    "teams.remove_member": Asked("_require_holds"),
    "teams._put_under": Asked("_require_all_of"),
    "teams._carry_parts": Asked("_require_all_of", ("update_team",)),
    "tokens.create_token": Asked("_minting"),
    "tokens.rotate_token": Asked("_minting"),
    "tokens._successor": Asked("_minting", ("rotate_token",)),
    "users.add_user": Asked(CHANGE),
    "users.update_user": Asked("require_within_rights"),
    "users.change_password": Asked("require_within_rights"),
}
# What gives nobody anything, and why.
HARMLESS = {
    "access._renew_stamp": "has what is kept read anew",
    "roles.install_system_roles": "what the platform's code defines",
    "invitations._write": "of what its callers have asked about",
    "invitations.revoke_invitation": "takes away",
    "support.revoke_support_access": "takes away",
    "support.end_all": "takes away",
    "tokens.revoke_token": "takes away",
    "tokens.revoke_leaked_token": "takes away, from whoever shows it",
    "issued_tokens.issue_token": "of what was asked when the workload identity was set up",
    "issued_tokens.revoke_issued_tokens": "takes away",
    "users.set_password": "of a row that its callers write",
    "users.hashed_password": "of a row that its callers write",
    "users.new_user": "unsaved; add_user writes it",
}


def services() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of the services, as ``module.function``."""
    for path in sorted((ROOT / "rbac/services").glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield f"{path.stem}.{node.name}", node


def gives(function: ast.AST) -> bool:
    """Whether code writes what says who may do what, or lets somebody act."""
    return any(_gives(node) for node in ast.walk(function))


def _gives(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Store) and node.attr in FIELDS
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    if name in SETTERS or (isinstance(node.func, ast.Name) and name in {*MODELS, "create"}):
        return True  # create: that of the write kernel
    if isinstance(node.func, ast.Attribute) and name in WRITES:
        fields = {keyword.arg for keyword in node.keywords}
        return bool(fields & FIELDS) or any(uses(node.func.value, MODELS))
    return False


def calls(function: ast.AST, name: str) -> bool:
    """Whether code calls a function of this name."""
    return any(
        isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
        for node in ast.walk(function)
    )


def test_every_service_that_gives_rights_is_listed_with_its_check() -> None:
    found = {name for name, function in services() if gives(function)}
    assert found == {*PATHS, *HARMLESS}


@pytest.mark.parametrize("name", PATHS)
def test_a_path_goes_through_its_check(name: str) -> None:
    functions = dict(services())
    module, asked = name.partition(".")[0], PATHS[name]
    for each in asked.by or (name.partition(".")[2],):
        assert calls(functions[f"{module}.{each}"], asked.check), each
    # Nobody else calls it, past those that ask.
    if asked.by:
        own = name.partition(".")[2]
        others = f"{module}." if own.startswith("_") else ""
        callers = {
            each
            for each, function in services()
            if each.startswith(others) and calls(function, own)
        }
        assert callers <= {f"{module}.{each}" for each in asked.by}


def _outside(path: Path) -> bool:
    return "migrations" not in path.parts and "services" not in path.parts


@pytest.mark.parametrize("app", ["blueprints", "iac_platform", "rbac", "sso", "tenants"])
def test_nothing_but_the_services_lets_anybody_act(app: str) -> None:
    """Beside ``test_one_engine``, which says so of grants: users, passwords, tokens, links."""
    people = {"ApiToken", "Invitation", "SupportAccess", "User"}
    found = set()
    for path in filter(_outside, (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            writes = node.func.attr in WRITES and any(uses(node.func.value, people))
            if writes or node.func.attr in SETTERS - {"setattr"}:
                found.add((path.relative_to(ROOT).as_posix(), node.func.attr))
    assert found == set()


@pytest.mark.parametrize(
    "code",
    [
        "def f(): user.is_active = True",
        "def f(): User.objects.filter(pk=1).update(is_active=True)",
        "def f(): user.set_password('x')",
        "def f(): Invitation.objects.create(email='x')",
        "def f(): rows.update(expires_at=None)",
        "def f(): ApiToken(user=user).save()",
    ],
)
def test_a_path_that_is_not_listed_would_be_found(code: str) -> None:
    assert gives(ast.parse(code))


# --- The operator's paths into a tenant --------------------------------------------------
ADMITS = {"tenant.create": "global", "tenant.view": "global", "support_access.create": "global"}


@pytest.fixture
def waiting(operator: Tenant) -> Tenant:
    """A tenant that waits for its first admin."""
    with tenant_scope(operator):
        made = create_tenant(slug="initech", name="Initech", invite="a@example.com", actor=ACTOR)
    assert made.status == TenantStatus.INVITED
    return Tenant.objects.select_related("placement").get(pk=made.pk)


@pytest.fixture
def bare(operator: Tenant) -> Tenant:
    """A tenant that nobody administers yet."""
    with tenant_scope(operator):
        made = create_tenant(slug="hooli", name="Hooli", actor=ACTOR)
    return Tenant.objects.select_related("placement").get(pk=made.pk)


def _clerk(operator: Tenant, name: str, **more: str) -> User:
    """One of the operator's people who may create tenants and enter them, and so much more."""
    with tenant_scope(operator):
        held = {**ADMITS, "admin_site.use": "tenant"} | {
            key.replace("__", "."): scope for key, scope in more.items()
        }
        user = create_user(username=name, actor=ACTOR)
        grant_role(user, create_role(name=name, permissions=held, actor=ACTOR), actor=ACTOR)
        found = user_by_id(user.pk)
    assert found is not None
    return found


def _chief(operator: Tenant) -> User:
    with tenant_scope(operator):
        found = user_by_id(create_user(username="chief", roles=["operator"], actor=ACTOR).pk)
    assert found is not None
    return found


INTO: dict[str, Any] = {
    "invitation": lambda waiting, _, who: invite_admin(waiting, actor=who),
    "first admin": lambda _, bare, who: create_admin(
        bare, username="mine", email="m@example.com", actor=who
    ),
    "break-glass": lambda _, bare, who: grant_support_access(
        bare, operator=who, reason="Ticket 4711: to look", role="admin"
    ),
}


def _nobody_came(*tenants: Tenant) -> None:
    for tenant in tenants:
        with tenant_scope(tenant):
            assert not User.objects.exists()
            assert not Invitation.objects.exists()
            assert not SupportAccess.objects.exists()


@pytest.mark.parametrize("path", INTO)
def test_staff_grant_no_more_than_they_hold(
    operator: Tenant, waiting: Tenant, bare: Tenant, path: str
) -> None:
    clerk = _clerk(operator, "clerk")
    granter = _clerk(operator, "granter", user__create="tenant", role__grant="tenant")
    for who in (clerk, granter):
        with tenant_scope(operator), pytest.raises((NotPermitted, CannotGrant)):
            INTO[path](waiting, bare, who)
    _nobody_came(waiting, bare)
    with tenant_scope(operator):
        INTO[path](waiting, bare, _chief(operator))


def test_staff_without_the_rights_create_no_invitation_link(
    operator: Tenant, waiting: Tenant
) -> None:
    clerk, chief = _clerk(operator, "clerk"), _chief(operator)
    path = f"/api/v1/tenants/{waiting.pk}/invitation/"
    with tenant_scope(operator):
        tokens = [create_token(each, name="t", actor=ACTOR)[1] for each in (clerk, chief)]
    refused, given = (ApiClient(operator, token=token).post(path) for token in tokens)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-denied")
    assert given.status_code == 201
    page = f"/admin/tenants/tenant/{waiting.pk}/invite"
    shown = AdminClient(operator, clerk).post(page, {"email": "m@example.com"})
    assert "/invitation/#" not in shown.content.decode()
    with tenant_scope(waiting):
        assert Invitation.objects.count() == 1


def test_staff_enter_with_what_they_hold_themselves(operator: Tenant, bare: Tenant) -> None:
    """Of the role, what staff may use at all: a reader of the tenant's may come as one."""
    reads = (
        "project.view",
        "blueprint.view",
        "component_type.view",
        "default_tags.view",
        "user.view",
        "token.view",
    )
    held = {name.replace(".", "__"): "tenant" for name in reads}
    reader = _clerk(operator, "reader", blueprint__generate="tenant", **held)
    with tenant_scope(operator):
        grant_support_access(bare, operator=reader, reason="Ticket 4711: to look", role="viewer")
        with pytest.raises(CannotGrant, match="allows what you may not do yourself"):
            grant_support_access(
                bare, operator=reader, reason="Ticket 4711: to look", role="system-engineer"
            )
