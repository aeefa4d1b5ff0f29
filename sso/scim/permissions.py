"""Permissions on SCIM tokens: whoever has one decides who a tenant's users are."""

from functools import partial

from iac_platform.common.permissions import RoleKey, Scope, declare

_declare = partial(declare, "scim_token", scopes=(Scope.TENANT,))

VIEW_SCIM_TOKEN = _declare(
    "view",
    "See SCIM tokens, never their secrets",
    roles={RoleKey.ENTERPRISE_ARCHITECT: Scope.TENANT},
)
CREATE_SCIM_TOKEN = _declare("create", "Create SCIM tokens", step_up=True)
ROTATE_SCIM_TOKEN = _declare("rotate", "Rotate SCIM tokens", step_up=True)
DELETE_SCIM_TOKEN = _declare("delete", "Revoke SCIM tokens")
