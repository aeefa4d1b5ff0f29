"""A tenant's configurations: one for each identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models

from iac_platform.common.changes import WriteErrors
from rbac.models import User
from rbac.models.fields import NameField, NameKeyField
from rbac.names import validate_name
from rbac.querysets import PermittedQuerySet
from sso.federation.addresses import MAX_SLUG, validate_slug
from sso.saml.errors import SamlConfigurationNotFound, SlugTaken
from sso.saml.protocol import names
from tenants.models import EXPORTED, RevisedModel, TenantForeignKey

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME = 100
MAX_ENTITY_ID = 1024  # SAML core, section 8.3.6
MAX_METADATA_CHARACTERS = 256 * 1024  # what it costs to read them grows with it, to 0.1 s
MAX_URI = 200
MAX_CONTEXTS = 10
MAX_URL = 2000
MAX_ERROR = 1000
MAX_FINGERPRINT = 100
_MAX_PRESET = 20

validate_uri = RegexValidator(
    r"\A[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\Z", "Use a URI, such as urn:example:name."
)


class Preset(models.TextChoices):
    """The identity provider's product, which sets the guide and the default attribute names."""

    OKTA = "okta", "Okta"
    ENTRA_ID = "entra-id", "Microsoft Entra ID"
    AUTH0 = "auth0", "Auth0"
    GOOGLE_WORKSPACE = "google-workspace", "Google Workspace"
    KEYCLOAK = "keycloak", "Keycloak"
    ADFS = "adfs", "AD FS"
    GENERIC = "generic", "Another identity provider"


class NameIdFormat(models.TextChoices):
    """The NameID format to request; empty leaves it to the identity provider."""

    UNSPECIFIED = names.NAME_ID_UNSPECIFIED, "Unspecified"
    EMAIL = names.NAME_ID_EMAIL, "E-mail address"
    PERSISTENT = names.NAME_ID_PERSISTENT, "Persistent"
    TRANSIENT = names.NAME_ID_TRANSIENT, "Transient"


class SamlConfiguration(RevisedModel):
    """An identity provider that a tenant trusts, and how its people sign on by it.

    The tenant is a service provider of its own for each: what one identity provider says is
    never mistaken for another's word.
    """

    archive: ClassVar = EXPORTED

    name = NameField(
        max_length=MAX_NAME, validators=[validate_name], help_text="Shown on the sign-in button."
    )
    name_key = NameKeyField()
    slug = models.CharField(
        max_length=MAX_SLUG,
        validators=[validate_slug],
        help_text="Part of the URLs that are configured at the identity provider, so it cannot "
        "be changed.",
    )
    preset = models.CharField(max_length=_MAX_PRESET, choices=Preset, default=Preset.GENERIC)
    is_enabled = models.BooleanField(default=True, help_text="Whether users can sign in with it.")
    metadata_xml = models.TextField(
        blank=True, help_text="The identity provider's last valid metadata."
    )
    metadata_url = models.URLField(
        max_length=MAX_URL,
        blank=True,
        help_text="Where the identity provider publishes its metadata, on https.",
    )
    metadata_refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)
    metadata_valid_until = models.DateTimeField(
        null=True, editable=False, help_text="When the metadata expires; empty for never."
    )
    metadata_checked_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When the metadata was last fetched on schedule, with or without success.",
    )
    metadata_error = models.CharField(
        max_length=MAX_ERROR,
        blank=True,
        editable=False,
        help_text="Why the metadata could not be refreshed.",
    )
    entity_id = models.CharField(
        "entity ID",
        max_length=MAX_ENTITY_ID,
        blank=True,
        editable=False,
        help_text="The identity provider's entity ID, read from its metadata.",
    )
    certificates = ArrayField(
        models.TextField(),
        default=list,
        blank=True,
        editable=False,
        help_text="Signing certificates from its metadata, in PEM; signatures by their keys are "
        "trusted.",
    )
    dropped_certificates = ArrayField(
        models.CharField(max_length=MAX_FINGERPRINT),
        default=list,
        db_default=[],
        blank=True,
        editable=False,
        help_text="Fingerprints of certificates removed from its metadata; a scheduled refresh "
        "never restores them.",
    )
    allows_idp_initiated = models.BooleanField(
        "allows IdP-initiated sign-on",
        default=False,
        help_text="Accept sign-ins that start at the identity provider. They are open to login "
        "CSRF.",
    )
    requires_signed_response = models.BooleanField(
        default=False, help_text="Refuse responses that are not signed."
    )
    requires_signed_assertion = models.BooleanField(
        default=False, help_text="Refuse assertions that are not signed."
    )
    requires_encryption = models.BooleanField(
        default=False, help_text="Refuse assertions that are not encrypted."
    )
    force_authn = models.BooleanField(
        "force authentication",
        default=False,
        help_text="Ask the identity provider to authenticate users again even if they have a "
        "session there.",
    )
    name_id_format = models.CharField(
        "NameID format", max_length=MAX_URI, blank=True, choices=NameIdFormat
    )
    authentication_contexts = ArrayField(
        models.CharField(max_length=MAX_URI, validators=[validate_uri]),
        default=list,
        blank=True,
        size=MAX_CONTEXTS,
        help_text="AuthnContextClassRef URIs to request, in order of preference; a response must "
        "use one of them.",
    )
    prefers_post = models.BooleanField(
        "prefers HTTP-POST",
        default=False,
        help_text="Send requests by HTTP-POST instead of HTTP-Redirect if the identity provider "
        "supports both.",
    )
    created_by = TenantForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PermittedQuerySet.as_manager()
    resource = "saml_configuration"
    unobserved_columns = frozenset({"metadata_checked_at"})
    write_errors = WriteErrors(
        not_found=SamlConfigurationNotFound,
        also_unique={"saml_configurations_slug_unique": ("slug", SlugTaken)},
    )

    class Meta:
        db_table = "saml_configurations"
        verbose_name = "SAML configuration"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "name_key"], name="saml_configurations_name_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "slug"], name="saml_configurations_slug_unique"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "created_at", "id"], name="saml_configurations_page_idx"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def trusts(self, entity_id: str, certificates: Iterable[str]) -> bool:
        """Whether it trusts all of these certificates, as this identity provider's."""
        return self.entity_id == entity_id and set(certificates) <= set(self.certificates)
