"""Permissions on SAML configurations: whoever changes one decides who can sign in, and as whom."""

from functools import partial

from iac_platform.common.permissions import RoleKey, Scope, declare

_declare = partial(declare, "saml_configuration", scopes=(Scope.TENANT,))

VIEW_SAML_CONFIGURATION = _declare(
    "view", "See SAML configurations", roles={RoleKey.ENTERPRISE_ARCHITECT: Scope.TENANT}
)
CREATE_SAML_CONFIGURATION = _declare("create", "Create SAML configurations", step_up=True)
UPDATE_SAML_CONFIGURATION = _declare(
    "update", "Change SAML configurations and rotate their keys", step_up=True
)
DELETE_SAML_CONFIGURATION = _declare("delete", "Delete SAML configurations", step_up=True)
