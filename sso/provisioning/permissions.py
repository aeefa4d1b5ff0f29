"""Permissions on mappings: whoever changes one decides who people of a provider are here."""

from functools import partial

from iac_platform.common.permissions import RoleKey, Scope, declare

_declare = partial(declare, "provider_mapping", scopes=(Scope.TENANT,))

VIEW_PROVIDER_MAPPING = _declare(
    "view",
    "View provider mappings",
    roles={RoleKey.ENTERPRISE_ARCHITECT: Scope.TENANT},
)
UPDATE_PROVIDER_MAPPING = _declare("update", "Change provider mappings")
