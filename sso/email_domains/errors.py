"""What goes wrong with e-mail domains."""

from __future__ import annotations

from iac_platform.common.errors import (
    DomainError,
    ErrorKind,
    InvalidFields,
    NameTaken,
    ObjectNotFound,
)


class EmailDomainNotFound(ObjectNotFound):
    """There is no such e-mail domain, or the caller may not see it."""

    code = "email-domain-not-found"
    title = "E-mail domain not found"


class InvalidEmailDomain(InvalidFields):
    """The text is no domain, or there is no such identity provider."""

    code = "invalid-email-domain"
    title = "Invalid e-mail domain"


class EmailDomainTaken(NameTaken):
    """The tenant has this e-mail domain already."""

    code = "email-domain-taken"
    title = "The e-mail domain is there already"


class TooManyEmailDomains(DomainError):
    """The tenant has as many e-mail domains as it may."""

    code = "too-many-email-domains"
    title = "Too many e-mail domains"
    kind = ErrorKind.CONFLICT
