"""What goes wrong with how people sign in."""

from __future__ import annotations

from iac_platform.common.errors import DomainError, ErrorKind, InvalidFields, ObjectNotFound


class SignInPolicyNotFound(ObjectNotFound):
    """There is no sign-in policy that the caller may see."""

    code = "sign-in-policy-not-found"
    title = "Sign-in policy not found"


class InvalidSignInPolicy(InvalidFields):
    """The policy would lock people out, or names somebody who is none of them."""

    code = "invalid-sign-in-policy"
    title = "Invalid sign-in policy"


class ReauthenticationRequired(DomainError):
    """Who sits at a browser must be proven once more; the detail says how."""

    code = "reauthentication-required"
    title = "Prove who you are once more"
    kind = ErrorKind.FORBIDDEN


class SingleSignOnRequired(DomainError):
    """The tenant requires single sign-on, which what was asked for does not go with."""

    code = "single-sign-on-required"
    title = "Single sign-on is required"
    kind = ErrorKind.CONFLICT


class SessionEnded(DomainError):
    """The session in which something was asked for has ended meanwhile."""

    code = "session-ended"
    title = "The session has ended"
    kind = ErrorKind.CONFLICT
