"""The shapes in which SAML configurations travel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from iac_platform.gateway.serializers import InputSerializer, ListField
from sso.federation.addresses import MAX_SLUG
from sso.saml.models import (
    MAX_METADATA_CHARACTERS,
    KeyState,
    NameIdFormat,
    Preset,
    SamlConfiguration,
)
from sso.saml.models.configuration import MAX_CONTEXTS, MAX_NAME, MAX_URI, MAX_URL
from sso.saml.protocol import keys
from sso.saml.selectors import addresses
from sso.saml.warnings import warnings_of

if TYPE_CHECKING:
    from datetime import datetime

_FLAGS = (
    "is_enabled",
    "allows_idp_initiated",
    "requires_signed_response",
    "requires_signed_assertion",
    "requires_encryption",
    "force_authn",
    "prefers_post",
)


# What the model says of its fields.
_HELP = {field.name: str(field.help_text) for field in SamlConfiguration._meta.fields}


class CertificateOutput(serializers.Serializer[Any]):
    """A certificate, as admins compare it."""

    fingerprint = serializers.CharField(help_text="SHA-256, such as AB:CD:….")
    expires_at = serializers.DateTimeField()


class KeyOutput(CertificateOutput):
    """The certificate of one of the tenant's own keys; the private key is never shown."""

    state = serializers.ChoiceField(choices=KeyState.values)


class IdentityProviderOutput(serializers.Serializer[Any]):
    """The identity provider, as its metadata describes it."""

    entity_id = serializers.CharField(help_text="Empty without metadata.")
    certificates = CertificateOutput(many=True)


class ServiceProviderOutput(serializers.Serializer[Any]):
    """Service provider details, which the identity provider is given."""

    entity_id = serializers.URLField()
    metadata_url = serializers.URLField()
    login_url = serializers.URLField(help_text="Where users start to sign in; it takes `next`.")
    acs_url = serializers.URLField(help_text="Where responses are sent, by HTTP-POST.")
    slo_url = serializers.URLField(
        help_text="Where logout messages are sent, by HTTP-Redirect, HTTP-POST or SOAP."
    )
    certificates = KeyOutput(many=True)


class ExpiryWarningOutput(serializers.Serializer[Any]):
    """Something of a configuration that ends within 30 days, or has ended."""

    code = serializers.CharField(
        help_text="`identity-provider-certificate`, `own-certificate` or `metadata`."
    )
    expires_at = serializers.DateTimeField()
    detail = serializers.CharField()


class SamlConfigurationOutput(serializers.ModelSerializer[SamlConfiguration]):
    """A configuration."""

    identity_provider = serializers.SerializerMethodField()
    service_provider = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()
    test_url = serializers.SerializerMethodField(
        help_text="The page of the admin that signs on for a test: it signs nobody in and changes "
        "nothing, and the login log has the outcome."
    )
    created_by = serializers.UUIDField(source="created_by_id", allow_null=True)
    name_id_format = serializers.CharField(help_text="Empty for the identity provider's choice.")

    class Meta:
        model = SamlConfiguration
        fields: ClassVar = [
            *("id", "name", "slug", "preset", *_FLAGS),
            *("name_id_format", "authentication_contexts"),
            *("identity_provider", "metadata_url", "metadata_refreshed_at", "metadata_error"),
            *("metadata_valid_until", "service_provider", "warnings", "test_url"),
            *("created_by", "revision", "created_at", "updated_at"),
        ]

    @extend_schema_field(IdentityProviderOutput)
    def get_identity_provider(self, configuration: SamlConfiguration) -> dict[str, Any]:
        """Whom the tenant trusts."""
        certificates = [_certificate(pem) for pem in configuration.certificates]
        return {"entity_id": configuration.entity_id, "certificates": certificates}

    @extend_schema_field(ExpiryWarningOutput(many=True))
    def get_warnings(self, configuration: SamlConfiguration) -> list[dict[str, Any]]:
        """What ends soon, the first to end first."""
        return [
            {"code": each.code, "expires_at": each.expires_at, "detail": each.detail}
            for each in warnings_of(configuration)
        ]

    @extend_schema_field(serializers.URLField())
    def get_test_url(self, configuration: SamlConfiguration) -> str:
        """Where somebody who may change it tests it."""
        page = reverse("admin:saml_samlconfiguration_test", args=[configuration.pk])
        return f"{self.context['base_url']}{page}"

    @extend_schema_field(ServiceProviderOutput)
    def get_service_provider(self, configuration: SamlConfiguration) -> dict[str, Any]:
        """What the identity provider's admin enters."""
        own = [
            {"state": key.state, **_certificate(key.certificate_pem)}
            for key in configuration.keys.all()
        ]
        return {**addresses(configuration.slug, self.context["base_url"]), "certificates": own}


class SamlConfigurationInput(InputSerializer):
    """A configuration as it is sent."""

    example: ClassVar = {"name": "Okta", "slug": "okta", "preset": "okta"}
    name = serializers.CharField(
        max_length=MAX_NAME, help_text="Unique, upper and lower case being equal."
    )
    slug = serializers.CharField(
        max_length=MAX_SLUG,
        help_text="Part of the URLs that are configured at the identity provider, so it cannot be "
        "changed. a-z, 0-9 and single hyphens.",
    )
    preset = serializers.ChoiceField(choices=Preset.choices, default=Preset.GENERIC)
    metadata_xml = serializers.CharField(
        max_length=MAX_METADATA_CHARACTERS,
        default="",
        allow_blank=True,
        help_text="The identity provider's metadata; it can be set later.",
    )
    metadata_url = serializers.CharField(
        max_length=MAX_URL,
        default="",
        allow_blank=True,
        help_text="Or the https URL where it is published. Fetched at once, once a day, and by "
        "`refresh-metadata`.",
    )
    is_enabled = serializers.BooleanField(default=True, help_text=_HELP["is_enabled"])
    allows_idp_initiated = serializers.BooleanField(
        default=False, help_text=_HELP["allows_idp_initiated"]
    )
    requires_signed_response = serializers.BooleanField(
        default=False, help_text=_HELP["requires_signed_response"]
    )
    requires_signed_assertion = serializers.BooleanField(
        default=False, help_text=_HELP["requires_signed_assertion"]
    )
    requires_encryption = serializers.BooleanField(
        default=False, help_text=_HELP["requires_encryption"]
    )
    force_authn = serializers.BooleanField(default=False, help_text=_HELP["force_authn"])
    prefers_post = serializers.BooleanField(default=False, help_text=_HELP["prefers_post"])
    name_id_format = serializers.ChoiceField(
        choices=NameIdFormat.choices,
        required=False,
        allow_blank=True,
        help_text="The NameID format to request; empty leaves it to the identity provider.",
    )
    authentication_contexts = ListField(
        child=serializers.CharField(max_length=MAX_URI), default=list, max_length=MAX_CONTEXTS
    )


class SamlConfigurationChange(SamlConfigurationInput):
    """What a PATCH changes; what it leaves out stays, and so does the slug."""

    example: ClassVar = {"name": "Okta", "allows_idp_initiated": True}
    slug = None  # type: ignore[assignment]  # DRF's way to leave out an inherited field


def _certificate(pem: str) -> dict[str, str | datetime]:
    return {"fingerprint": keys.fingerprint_of(pem), "expires_at": keys.expiry_of(pem)}
