"""Permissions on workload identities: each lets a CI system act as a service account."""

from functools import partial

from iac_platform.common.permissions import RoleKey, Scope, declare

_declare = partial(declare, "workload_identity", scopes=(Scope.TENANT,))

VIEW_WORKLOAD_IDENTITY = _declare(
    "view", "See workload identities", roles={RoleKey.ENTERPRISE_ARCHITECT: Scope.TENANT}
)
CREATE_WORKLOAD_IDENTITY = _declare("create", "Create workload identities", step_up=True)
UPDATE_WORKLOAD_IDENTITY = _declare("update", "Change workload identities", step_up=True)
DELETE_WORKLOAD_IDENTITY = _declare("delete", "Delete workload identities")
