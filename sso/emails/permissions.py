"""The permission on e-mail that was sent."""

from iac_platform.common.permissions import Scope, declare

VIEW_EMAIL = declare(
    "email",
    "view",
    "See which e-mail was sent to whom, never its text",
    scopes=(Scope.TENANT,),
)
