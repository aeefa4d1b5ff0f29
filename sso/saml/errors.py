"""What goes wrong with SAML configurations."""

from __future__ import annotations

from iac_platform.common.errors import DomainError, ErrorKind, InvalidFields, NameTaken


class SamlConfigurationNotFound(DomainError):
    """There is no such configuration, or the caller may not see it."""

    code = "saml-configuration-not-found"
    title = "SAML configuration not found"
    kind = ErrorKind.NOT_FOUND


class SlugTaken(NameTaken):
    """Another configuration of the tenant has the slug."""

    code = "slug-taken"
    title = "The slug is taken"


class TooManySamlConfigurations(DomainError):
    """The tenant has as many configurations as it may have."""

    code = "too-many-saml-configurations"
    title = "There are too many SAML configurations"
    kind = ErrorKind.CONFLICT


class MetadataRefused(InvalidFields):
    """The metadata of an identity provider cannot be used; the detail says why."""

    code = "saml-metadata-refused"
    title = "The metadata cannot be used"


class TooManyFetches(DomainError):
    """The tenant had metadata fetched too often; each fetch keeps a thread waiting."""

    code = "too-many-metadata-fetches"
    title = "Too many fetches of metadata"
    kind = ErrorKind.EXHAUSTED


class FetchesBusy(DomainError):
    """Other metadata is being fetched; each fetch keeps a thread waiting."""

    code = "metadata-fetches-busy"
    title = "Metadata is being fetched"
    kind = ErrorKind.EXHAUSTED

    def __init__(self) -> None:
        super().__init__("Another fetch of metadata is running. Try again in a few seconds.")


class LogoutsBusy(DomainError):
    """Identity providers are being told of other logouts; a thread waits for each."""

    code = "saml-logouts-busy"
    title = "Other logouts are under way"
    kind = ErrorKind.EXHAUSTED

    def __init__(self) -> None:
        super().__init__("Other logouts are under way. Try again in a few seconds.")


class LargeResponsesBusy(DomainError):
    """Other responses of this size are being processed."""

    code = "large-response-busy"
    title = "Too many large responses"
    kind = ErrorKind.EXHAUSTED

    def __init__(self) -> None:
        super().__init__(
            "Too many large responses are being processed. Try again in a few seconds."
        )
