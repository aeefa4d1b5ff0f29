"""Permissions on provider mappings and identities."""

from functools import partial

from iac_platform.common.permissions import RoleKey, Scope, declare

_DIRECTION = {RoleKey.ENTERPRISE_ARCHITECT: Scope.TENANT}
_declare = partial(declare, "provider_mapping", scopes=(Scope.TENANT,))

VIEW_PROVIDER_MAPPING = _declare(
    "view",
    "View provider mappings",
    roles=_DIRECTION,
)
UPDATE_PROVIDER_MAPPING = _declare("update", "Change provider mappings", step_up=True)

# Unlinking takes what changing the user takes.
VIEW_IDENTITY = declare(
    "identity", "view", "View identities", scopes=(Scope.TENANT,), roles=_DIRECTION
)
