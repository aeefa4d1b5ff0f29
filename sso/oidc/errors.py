"""What goes wrong with OpenID Connect configurations."""

from __future__ import annotations

from iac_platform.common.errors import DomainError, ErrorKind, InvalidFields, NameTaken


class OidcConfigurationNotFound(DomainError):
    """There is no such configuration, or the caller may not see it."""

    code = "oidc-configuration-not-found"
    title = "OpenID Connect configuration not found"
    kind = ErrorKind.NOT_FOUND


class OidcSlugTaken(NameTaken):
    """Another configuration of the tenant has the slug."""

    code = "oidc-slug-taken"
    title = "The slug is taken"


class InvalidOidcConfiguration(InvalidFields):
    """A part of a configuration makes no sense."""

    code = "invalid-oidc-configuration"
    title = "Invalid OpenID Connect configuration"


class TooManyOidcConfigurations(DomainError):
    """The tenant has as many configurations as it may have."""

    code = "too-many-oidc-configurations"
    title = "There are too many OpenID Connect configurations"
    kind = ErrorKind.CONFLICT


class ProviderBusy(DomainError):
    """Many sign-ons wait for identity providers; a thread of the process waits for each."""

    code = "provider-busy"
    title = "Identity providers are being waited for"
    kind = ErrorKind.EXHAUSTED

    def __init__(self) -> None:
        super().__init__("Many people are signing in right now. Try again in a few seconds.")
