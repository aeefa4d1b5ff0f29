"""Permissions on the resources of this app."""

from iac_platform.common.permissions import Scope, declare

_TENANT_WIDE = (Scope.TENANT,)

USE_ADMIN = declare("admin_site", "use", "Sign in to the admin", scopes=_TENANT_WIDE)

VIEW_USER = declare("user", "view", "See users; everyone sees themselves")
CREATE_USER = declare("user", "create", "Add users", scopes=_TENANT_WIDE)
UPDATE_USER = declare("user", "update", "Change and deactivate users", scopes=_TENANT_WIDE)

VIEW_ROLE = declare("role", "view", "See roles and who holds them", scopes=_TENANT_WIDE)
GRANT_ROLE = declare("role", "grant", "Grant and revoke roles", scopes=_TENANT_WIDE)

VIEW_TOKEN = declare("token", "view", "See API tokens, never their secrets")
CREATE_TOKEN = declare("token", "create", "Create API tokens for oneself", scopes=(Scope.OWN,))
DELETE_TOKEN = declare("token", "delete", "Revoke API tokens")

VIEW_SUPPORT_ACCESS = declare(
    "support_access", "view", "See when the operator's staff was here", scopes=_TENANT_WIDE
)
CREATE_SUPPORT_ACCESS = declare(
    "support_access", "create", "Enter a tenant for support", scopes=(Scope.GLOBAL,)
)
DELETE_SUPPORT_ACCESS = declare(
    "support_access", "delete", "End the operator's access", scopes=_TENANT_WIDE
)

VIEW_AUDIT = declare("audit", "view", "Read the audit log", scopes=_TENANT_WIDE)
