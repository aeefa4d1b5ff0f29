"""Permissions on the resources of this app."""

from iac_platform.common.permissions import Scope, declare

_TENANT_WIDE = (Scope.TENANT,)

USE_ADMIN = declare("admin_site", "use", "Sign in to the admin", scopes=_TENANT_WIDE)

VIEW_USER = declare(
    "user",
    "view",
    "See users; everyone sees themselves",
    unlimited_scope=Scope.OWN,
    delegable=True,
)
CREATE_USER = declare("user", "create", "Add users", scopes=_TENANT_WIDE)
UPDATE_USER = declare("user", "update", "Change and deactivate users", scopes=_TENANT_WIDE)

VIEW_ROLE = declare("role", "view", "See roles and who holds them", scopes=_TENANT_WIDE)
CREATE_ROLE = declare("role", "create", "Make roles of the tenant's own", scopes=_TENANT_WIDE)
UPDATE_ROLE = declare("role", "update", "Change the tenant's own roles", scopes=_TENANT_WIDE)
DELETE_ROLE = declare("role", "delete", "Remove the tenant's own roles", scopes=_TENANT_WIDE)
GRANT_ROLE = declare("role", "grant", "Grant and revoke roles", scopes=_TENANT_WIDE)
DELEGATE_ROLE = declare("role", "delegate", "Pass on for a while what one holds; take it back")

VIEW_TEAM = declare("team", "view", "See teams and their members", scopes=_TENANT_WIDE)
CREATE_TEAM = declare("team", "create", "Form teams", scopes=_TENANT_WIDE)
UPDATE_TEAM = declare(
    "team", "update", "Change teams, add members and remove them", scopes=_TENANT_WIDE
)
DELETE_TEAM = declare("team", "delete", "Dissolve teams", scopes=_TENANT_WIDE)

VIEW_TOKEN = declare(
    "token",
    "view",
    "See API tokens, never their secrets",
    unlimited_scope=Scope.OWN,
    delegable=True,
)
CREATE_TOKEN = declare(
    "token",
    "create",
    "Create API tokens for oneself",
    scopes=(Scope.OWN,),
    unlimited_scope=Scope.OWN,
    delegable=True,
)
ROTATE_TOKEN = declare(
    "token",
    "rotate",
    "Replace API tokens by new ones: one's own, or those of service accounts",
    unlimited_scope=Scope.OWN,
    delegable=True,
)
DELETE_TOKEN = declare(
    "token", "delete", "Revoke API tokens", unlimited_scope=Scope.OWN, delegable=True
)

VIEW_SERVICE_ACCOUNT = declare(
    "service_account", "view", "See service accounts and their tokens", scopes=_TENANT_WIDE
)
CREATE_SERVICE_ACCOUNT = declare(
    "service_account", "create", "Add service accounts", scopes=_TENANT_WIDE
)
UPDATE_SERVICE_ACCOUNT = declare(
    "service_account", "update", "Change and deactivate service accounts", scopes=_TENANT_WIDE
)
MINT_SERVICE_TOKEN = declare(
    "service_account",
    "token",
    "Create API tokens for service accounts",
    scopes=_TENANT_WIDE,
)

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
EXPORT_AUDIT = declare("audit", "export", "Take the audit log along", scopes=_TENANT_WIDE)

EXPLAIN_ACCESS = declare(
    "access", "explain", "See why others may do something, and who may", scopes=_TENANT_WIDE
)
REVIEW_ACCESS = declare(
    "access", "review", "Take the report of who holds what", scopes=_TENANT_WIDE
)
