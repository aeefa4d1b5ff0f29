"""What goes wrong with SAML configurations."""

from __future__ import annotations

from iac_platform.common.errors import InvalidFields, NameTaken, ObjectNotFound


class SamlConfigurationNotFound(ObjectNotFound):
    """There is no such configuration, or the caller may not see it."""

    code = "saml-configuration-not-found"
    title = "SAML configuration not found"


class SlugTaken(NameTaken):
    """Another configuration of the tenant has the slug."""

    code = "slug-taken"
    title = "Slug taken"


class MetadataRefused(InvalidFields):
    """The metadata of an identity provider cannot be used; the detail says why."""

    code = "metadata-refused"
    title = "Metadata refused"
