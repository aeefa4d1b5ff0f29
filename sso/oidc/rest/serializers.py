"""How OpenID Connect configurations are written in the API."""

from __future__ import annotations

from typing import ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from iac_platform.gateway.serializers import InputSerializer, ListField
from sso.federation.addresses import MAX_SLUG
from sso.oidc.models import ClientAuthentication, OidcConfiguration, Preset
from sso.oidc.models.configuration import (
    MAX_CLIENT_ID,
    MAX_CLIENT_SECRET,
    MAX_DOMAIN,
    MAX_ISSUER,
    MAX_NAME,
    MAX_SCOPE,
    MAX_SCOPES,
    SIGNING_ALGORITHMS,
    default_scopes,
)
from sso.oidc.protocol.algorithms import Algorithm
from sso.oidc.selectors import logout_uris, redirect_uri


class OidcConfigurationOutput(serializers.ModelSerializer[OidcConfiguration]):
    """A configuration; its secret is never shown."""

    has_client_secret = serializers.SerializerMethodField()
    redirect_uri = serializers.SerializerMethodField(
        help_text="What the provider is given as the redirect URI."
    )
    post_logout_redirect_uri = serializers.SerializerMethodField(
        help_text="Where the provider sends browsers back that have signed out."
    )
    backchannel_logout_uri = serializers.SerializerMethodField(
        help_text="Where the provider posts logout tokens."
    )
    frontchannel_logout_uri = serializers.SerializerMethodField(
        help_text="What the provider's page frames to sign somebody out; it must send iss and sid."
    )
    test_url = serializers.SerializerMethodField(
        help_text="The page of the admin that signs on for a test: it signs nobody in and changes "
        "nothing, and the login log has the outcome."
    )
    created_by = serializers.UUIDField(source="created_by_id", allow_null=True)

    class Meta:
        model = OidcConfiguration
        fields: ClassVar = [
            *("id", "name", "slug", "preset", "is_enabled", "issuer", "client_id"),
            *("client_authentication", "has_client_secret", "scopes", "signing_algorithm"),
            *("hosted_domain", "redirect_uri", "post_logout_redirect_uri"),
            *("backchannel_logout_uri", "frontchannel_logout_uri", "test_url"),
            *("created_by", "revision", "created_at", "updated_at"),
        ]

    @extend_schema_field(serializers.BooleanField())
    def get_has_client_secret(self, configuration: OidcConfiguration) -> bool:
        """Whether a secret was given."""
        return bool(configuration.secrets.all())

    @extend_schema_field(serializers.URLField())
    def get_redirect_uri(self, configuration: OidcConfiguration) -> str:
        """Where browsers come back."""
        return redirect_uri(configuration.slug, self.context["base_url"])

    @extend_schema_field(serializers.URLField())
    def get_post_logout_redirect_uri(self, configuration: OidcConfiguration) -> str:
        """Where browsers come back after a sign-out."""
        return self._logout_uri(configuration, "post_logout_redirect_uri")

    @extend_schema_field(serializers.URLField())
    def get_backchannel_logout_uri(self, configuration: OidcConfiguration) -> str:
        """Where the provider ends sessions."""
        return self._logout_uri(configuration, "backchannel_logout_uri")

    @extend_schema_field(serializers.URLField())
    def get_frontchannel_logout_uri(self, configuration: OidcConfiguration) -> str:
        """Likewise, by frames."""
        return self._logout_uri(configuration, "frontchannel_logout_uri")

    def _logout_uri(self, configuration: OidcConfiguration, name: str) -> str:
        return logout_uris(configuration.slug, self.context["base_url"])[name]

    @extend_schema_field(serializers.URLField())
    def get_test_url(self, configuration: OidcConfiguration) -> str:
        """Where somebody who may change it tests it."""
        page = reverse("admin:oidc_oidcconfiguration_test", args=[configuration.pk])
        return f"{self.context['base_url']}{page}"


class OidcConfigurationInput(InputSerializer):
    """A configuration as it is sent."""

    example: ClassVar = {
        "name": "Keycloak",
        "slug": "keycloak",
        "preset": "keycloak",
        "issuer": "https://sso.example.com/realms/main",
        "client_id": "iac-platform",
    }
    name = serializers.CharField(
        max_length=MAX_NAME, help_text="Unique, upper and lower case being equal."
    )
    slug = serializers.CharField(
        max_length=MAX_SLUG,
        help_text="Stands in the address that the provider is given; it stays. "
        "a-z, 0-9 and single hyphens.",
    )
    preset = serializers.ChoiceField(choices=Preset.choices, default=Preset.GENERIC)
    is_enabled = serializers.BooleanField(default=True)
    issuer = serializers.CharField(
        max_length=MAX_ISSUER,
        help_text="The provider's issuer URL, exactly as published, including a trailing slash.",
    )
    client_id = serializers.CharField(max_length=MAX_CLIENT_ID)
    client_secret = serializers.CharField(
        max_length=MAX_CLIENT_SECRET,
        required=False,
        allow_blank=True,
        write_only=True,
        help_text="It can follow later, and is never shown. An empty one changes nothing.",
    )
    client_authentication = serializers.ChoiceField(
        choices=ClientAuthentication.choices, default=ClientAuthentication.CLIENT_SECRET
    )
    scopes = ListField(
        child=serializers.CharField(max_length=MAX_SCOPE),
        default=default_scopes,
        max_length=MAX_SCOPES,
        help_text="`openid` is among them.",
    )
    signing_algorithm = serializers.ChoiceField(
        choices=SIGNING_ALGORITHMS,
        default=Algorithm.RS256.value,
        help_text="The algorithm that the provider signs ID tokens with; others are refused.",
    )
    hosted_domain = serializers.CharField(
        max_length=MAX_DOMAIN,
        default="",
        allow_blank=True,
        help_text="Google only, and required there: the Workspace domain whose users may sign in.",
    )


class OidcConfigurationChange(OidcConfigurationInput):
    """What a PATCH changes; what it leaves out stays, and so does the slug."""

    example: ClassVar = {
        "name": "Keycloak",
        "issuer": "https://sso.example.com/realms/main",
        "client_id": "iac-platform",
        "is_enabled": False,
    }
    slug = None  # type: ignore[assignment]  # DRF's way to leave out an inherited field
