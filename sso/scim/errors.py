"""What SCIM tokens, and the people and groups of a directory, can be refused for."""

from __future__ import annotations

from iac_platform.common.errors import (
    DomainError,
    ErrorKind,
    InvalidFields,
    NameTaken,
    ObjectNotFound,
)


class InvalidScimToken(InvalidFields):
    """A field of a SCIM token does not fit."""

    code = "invalid-scim-token"
    title = "Invalid SCIM token"


class ScimTokenNotFound(ObjectNotFound):
    """There is no such SCIM token, or the caller may not see it."""

    code = "scim-token-not-found"
    title = "SCIM token not found"


class ScimTokenRotated(DomainError):
    """The token was replaced before."""

    code = "scim-token-rotated"
    title = "The SCIM token was rotated already"
    kind = ErrorKind.CONFLICT


class TooManyScimTokens(DomainError):
    """An identity provider has as many tokens as it may have."""

    code = "too-many-scim-tokens"
    title = "Too many SCIM tokens"
    kind = ErrorKind.CONFLICT


class InvalidResource(InvalidFields):
    """A user or a group of a SCIM client does not fit."""

    code = "invalid-scim-resource"
    title = "Invalid SCIM resource"


class ResourceTaken(NameTaken):
    """Another user or group has this name or this external id."""

    code = "scim-resource-taken"
    title = "The name is taken"


class ResourceNotFound(ObjectNotFound):
    """The directory has no such user or group."""

    code = "scim-resource-not-found"
    title = "SCIM resource not found"


class CreationDisabled(DomainError):
    """The mapping of the directory creates no users."""

    code = "scim-creation-disabled"
    title = "The mapping does not create users"
    kind = ErrorKind.FORBIDDEN


class TooManyResources(DomainError):
    """The directory has as many groups, or a group as many members, as it may have."""

    code = "too-many-scim-resources"
    title = "Too many groups or members"
    kind = ErrorKind.FORBIDDEN
