"""What can go wrong with people and their rights."""

from __future__ import annotations

from typing import Self

from iac_platform.common.errors import DomainError, ErrorKind


class UsernameTaken(DomainError):
    """Another user of the tenant has this name."""

    code = "username-taken"
    title = "The username is taken"
    kind = ErrorKind.CONFLICT


class WeakPassword(DomainError):
    """The password is easy to guess."""

    code = "weak-password"
    title = "The password is too weak"


class InvalidUser(DomainError):
    """A field of the user does not fit."""

    code = "invalid-user"
    title = "The user is not valid"


class UnknownRole(DomainError):
    """No role of the tenant has this name."""

    code = "unknown-role"
    title = "No such role"


class UnknownReference(DomainError):
    """A body names a user or a team that does not exist, or that the client may not see."""

    code = "unknown-reference"
    title = "Invalid reference"

    @classmethod
    def to(cls, field: str, value: object) -> Self:
        """The error for the member of the body that refers to it."""
        return cls.at(
            field, f"There is no {field} {value}, or you may not see it.", code="not-found"
        )


class CannotGrant(DomainError):
    """The role allows more than the grantor may do themselves."""

    code = "cannot-grant"
    title = "You cannot grant more than you hold"
    kind = ErrorKind.FORBIDDEN


class CannotDelegate(DomainError):
    """What is to be passed on stays with its holder, or the way it is passed on does not fit."""

    code = "cannot-delegate"
    title = "The role cannot be delegated"
    kind = ErrorKind.FORBIDDEN


class InvalidGrant(DomainError):
    """The limits or the period of a grant make no sense."""

    code = "invalid-grant"
    title = "The grant is not valid"


class InvalidRole(DomainError):
    """A permission, scope, name or parent of a role does not fit."""

    code = "invalid-role"
    title = "The role is not valid"


class RoleNameTaken(DomainError):
    """Another role of the tenant has this name."""

    code = "role-name-taken"
    title = "The role's name is taken"
    kind = ErrorKind.CONFLICT


class RoleIsFixed(DomainError):
    """The platform defines what its roles allow."""

    code = "role-is-fixed"
    title = "The platform's roles cannot be changed"
    kind = ErrorKind.CONFLICT


class RoleInUse(DomainError):
    """Somebody has the role, or another role inherits from it."""

    code = "role-in-use"
    title = "The role is in use"
    kind = ErrorKind.CONFLICT


class InvalidTeam(DomainError):
    """A field or the place of a team does not fit."""

    code = "invalid-team"
    title = "The team is not valid"


class TeamNameTaken(DomainError):
    """Another team of the tenant has this name."""

    code = "team-name-taken"
    title = "The team's name is taken"
    kind = ErrorKind.CONFLICT


class TeamInUse(DomainError):
    """Other teams are parts of the team, or something belongs to it."""

    code = "team-in-use"
    title = "The team is in use"
    kind = ErrorKind.CONFLICT


class LastAdmin(DomainError):
    """The tenant would be left without an active admin."""

    code = "last-admin"
    title = "A tenant keeps at least one active admin"
    kind = ErrorKind.CONFLICT


class InvalidToken(DomainError):
    """A field of the token does not fit."""

    code = "invalid-token"
    title = "The token is not valid"


class InvalidSupportAccess(DomainError):
    """Support access was asked for in a way that is not given."""

    code = "invalid-support-access"
    title = "The support access is not valid"


class SupportUserIsFixed(DomainError):
    """A user of the operator's staff would be changed like one of the tenant's people."""

    code = "support-user"
    title = "Not possible for the operator's staff"
    kind = ErrorKind.CONFLICT


class TenantHasAdmin(DomainError):
    """The operator adds the first admin of a tenant and no other."""

    code = "tenant-has-admin"
    title = "The tenant already has an admin"
    kind = ErrorKind.CONFLICT


class InvitationRefused(DomainError):
    """The token opens nothing; why, nobody is told."""

    code = "invitation-refused"
    title = "The invitation is not valid"
    kind = ErrorKind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "It is wrong, used, replaced by a newer one or too old. Ask whoever invited you "
            "for a new one."
        )


class TooManyInvitations(DomainError):
    """The tenant has as many open invitations as it may have."""

    code = "too-many-invitations"
    title = "There are too many invitations"
    kind = ErrorKind.CONFLICT


class InvalidQuestion(DomainError):
    """What is asked about access makes no sense."""

    code = "invalid-question"
    title = "The question is not valid"


class TokenRotated(DomainError):
    """Another token has replaced this one already."""

    code = "token-rotated"
    title = "The token was rotated before"
    kind = ErrorKind.CONFLICT


class TooManyTokens(DomainError):
    """The user has as many tokens that live as one may have."""

    code = "too-many-tokens"
    title = "There are too many tokens"
    kind = ErrorKind.CONFLICT


class TooManyServiceAccounts(DomainError):
    """The tenant has as many active service accounts as it may have."""

    code = "too-many-service-accounts"
    title = "There are too many service accounts"
    kind = ErrorKind.CONFLICT


class ServiceAccountIsNoPerson(DomainError):
    """A service account would be changed like a person."""

    code = "service-account"
    title = "Not possible for a service account"
    kind = ErrorKind.CONFLICT
