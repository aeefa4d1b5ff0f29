"""The permission on the login log, which holds what identity providers say about people."""

from iac_platform.common.permissions import Scope, declare

VIEW_LOGIN_EVENT = declare(
    "login_event",
    "view",
    "See what came of sign-ons through identity providers",
    scopes=(Scope.TENANT,),
)
