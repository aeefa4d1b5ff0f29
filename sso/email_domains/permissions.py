"""Permissions on e-mail domains."""

from functools import partial

from iac_platform.common.permissions import RoleKey, Scope, declare

_declare = partial(declare, "email_domain", scopes=(Scope.TENANT,))

VIEW_EMAIL_DOMAIN = _declare(
    "view",
    "See which e-mail domains lead to which identity provider",
    roles={RoleKey.ENTERPRISE_ARCHITECT: Scope.TENANT},
)
CREATE_EMAIL_DOMAIN = _declare("create", "Add e-mail domains")
UPDATE_EMAIL_DOMAIN = _declare("update", "Verify e-mail domains, and choose where they lead")
DELETE_EMAIL_DOMAIN = _declare("delete", "Delete e-mail domains")
