"""Why somebody whom their identity provider has signed on is refused here."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from iac_platform.common.errors import (
    DomainError,
    ErrorKind,
    InvalidFields,
    NameTaken,
    ObjectNotFound,
)


class Obstacle(StrEnum):
    """What stood in the way; the values are stable and stand in the login log."""

    NOT_LASTING = "subject-not-lasting"
    UNKNOWN = "user-unknown"
    USERNAME_MISSING = "username-missing"
    USERNAME_TAKEN = "username-taken"
    PROFILE_INVALID = "profile-invalid"
    QUOTA = "user-quota-exceeded"
    DEACTIVATED = "user-deactivated"
    NOT_A_PERSON = "user-not-a-person"
    NO_GROUP = "group-missing"
    LINKED = "identity-linked"


# Whoever reads it has shown only who they are elsewhere, so it tells of no other's account.
_NO_ACCOUNT: Final = "There is no account for you here. Please ask your administrator for one."
_NOT_SET_UP: Final = "Your account could not be set up. Please tell your administrator."
_LINKED: Final = "It cannot be linked to your account, as one of both is linked already."
_CLOSED: Final = "Your account here cannot be used. Please ask your administrator."
_SENTENCES: Final = {
    Obstacle.NOT_LASTING: _NOT_SET_UP,
    Obstacle.UNKNOWN: _NO_ACCOUNT,
    Obstacle.USERNAME_MISSING: _NOT_SET_UP,
    Obstacle.USERNAME_TAKEN: _NOT_SET_UP,
    Obstacle.PROFILE_INVALID: _NOT_SET_UP,
    Obstacle.QUOTA: _NOT_SET_UP,
    Obstacle.DEACTIVATED: _CLOSED,
    Obstacle.NOT_A_PERSON: _CLOSED,
    Obstacle.NO_GROUP: _NO_ACCOUNT,
    Obstacle.LINKED: _LINKED,
}


class SignOnRefused(DomainError):
    """Somebody's identity is beyond doubt, and they are not let in all the same.

    Attributes:
        obstacle: why.
        detail: a plain sentence for them.
        reason: what exactly, for the tenant's admins only.
    """

    code = "sign-on-refused"
    title = "Single sign-on was refused"
    kind = ErrorKind.FORBIDDEN

    def __init__(self, obstacle: Obstacle, reason: str) -> None:
        super().__init__(_SENTENCES[obstacle])
        self.obstacle = obstacle
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.obstacle}: {self.reason}"


class IdentityNotFound(ObjectNotFound):
    """There is no such identity, or the caller may not see it."""

    code = "identity-not-found"
    title = "Identity not found"


class LastWayToSignIn(DomainError):
    """Somebody would lose their last way to sign in."""

    code = "last-way-to-sign-in"
    title = "Nothing else to sign in with"
    kind = ErrorKind.CONFLICT


class IdentityManaged(DomainError):
    """Somebody would unlink the identity by which their identity provider manages them."""

    code = "identity-managed"
    title = "Your identity provider manages it"
    kind = ErrorKind.CONFLICT


class InvalidMapping(InvalidFields):
    """A part of a mapping makes no sense."""

    code = "invalid-provider-mapping"
    title = "Invalid mapping"


class MappingNotFound(ObjectNotFound):
    """There is no such mapping, or the caller may not see it."""

    code = "provider-mapping-not-found"
    title = "Mapping not found"


class MappingExists(NameTaken):
    """The provider has a mapping already."""

    code = "provider-mapping-exists"
    title = "The provider has a mapping already"
