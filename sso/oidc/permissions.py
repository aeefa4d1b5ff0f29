"""Permissions on OpenID Connect configurations: whoever changes one decides who can sign in."""

from functools import partial

from iac_platform.common.permissions import RoleKey, Scope, declare

_declare = partial(declare, "oidc_configuration", scopes=(Scope.TENANT,))

VIEW_OIDC_CONFIGURATION = _declare(
    "view", "See OpenID Connect configurations", roles={RoleKey.ENTERPRISE_ARCHITECT: Scope.TENANT}
)
CREATE_OIDC_CONFIGURATION = _declare("create", "Create OpenID Connect configurations", step_up=True)
UPDATE_OIDC_CONFIGURATION = _declare(
    "update", "Change OpenID Connect configurations and their secrets", step_up=True
)
DELETE_OIDC_CONFIGURATION = _declare("delete", "Delete OpenID Connect configurations", step_up=True)
