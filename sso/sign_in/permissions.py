"""Permissions on how a tenant's people sign in."""

from functools import partial

from iac_platform.common.permissions import Scope, declare

_declare = partial(declare, "sign_in_policy", scopes=(Scope.TENANT,))

VIEW_SIGN_IN_POLICY = _declare("view", "See how people sign in, and who may use a password")
UPDATE_SIGN_IN_POLICY = _declare(
    "update",
    "Choose how people sign in, who must use what, and how long sessions last",
    step_up=True,
)
