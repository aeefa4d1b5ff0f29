"""OpenID Connect configurations in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from unfold.widgets import UnfoldAdminPasswordWidget

from iac_platform.admin.actions import ActingAdmin, page
from iac_platform.admin.base import Services
from iac_platform.admin.display import table
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from sso.federation.addresses import base_url
from sso.federation.admin import test_page
from sso.federation.texts import DELETE_WARNING
from sso.oidc.models import OidcConfiguration
from sso.oidc.models.configuration import MAX_CLIENT_SECRET
from sso.oidc.permissions import (
    CREATE_OIDC_CONFIGURATION,
    DELETE_OIDC_CONFIGURATION,
    UPDATE_OIDC_CONFIGURATION,
    VIEW_OIDC_CONFIGURATION,
)
from sso.oidc.selectors import logout_uris, redirect_uri
from sso.oidc.services.configurations import (
    create_oidc_configuration,
    delete_oidc_configuration,
    update_oidc_configuration,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

_PROVIDER = ("preset", "issuer", "signing_algorithm", "hosted_domain")
_CLIENT = ("client_id", "client_authentication", "client_secret", "scopes")
_FIELDS = ("name", "is_enabled", *_PROVIDER, *_CLIENT)


class _WithSecret(ServiceForm):
    """How the client's secret is given; the one that is there is not shown."""

    client_secret = forms.CharField(
        required=False,
        max_length=MAX_CLIENT_SECRET,
        label="Client secret",
        help_text="From the provider. Leave empty to keep the current secret.",
        widget=UnfoldAdminPasswordWidget({"autocomplete": "off"}),
    )


class ChangeForm(_WithSecret, RevisedForm):
    """A configuration to change."""


@admin.register(OidcConfiguration, site=site)
class OidcConfigurationAdmin(ActingAdmin):
    """The providers by which the tenant's people sign on."""

    permissions: ClassVar = {
        "view": VIEW_OIDC_CONFIGURATION,
        "add": CREATE_OIDC_CONFIGURATION,
        "change": UPDATE_OIDC_CONFIGURATION,
        "delete": DELETE_OIDC_CONFIGURATION,
    }
    services = Services(_FIELDS, update=update_oidc_configuration, delete=delete_oidc_configuration)
    delete_warning = DELETE_WARNING
    icon = "passkey"
    purpose = "The OpenID Connect providers by which people sign on"
    form = ChangeForm
    add_form = _WithSecret
    fixed_fields = ("slug",)
    list_display = ("name", "slug", "preset", "is_enabled", "issuer", "updated_at")
    list_filter = ("is_enabled", "preset")
    search_fields = ("name", "slug")
    readonly_fields = (
        *("own_redirect_uri", "own_logout_uris", "has_secret"),
        *("created_by", "created_at", "updated_at"),
    )
    actions_detail: ClassVar = ["test"]
    add_fieldsets = (
        (None, {"fields": ["name", "slug", "is_enabled"]}),
        ("Identity provider", {"fields": list(_PROVIDER)}),
        ("Client", {"fields": list(_CLIENT)}),
    )
    fieldsets = (
        (None, {"fields": ["name", "slug", "is_enabled", "own_redirect_uri", "own_logout_uris"]}),
        ("Identity provider", {"fields": list(_PROVIDER)}),
        ("Client", {"fields": ["has_secret", *_CLIENT]}),
        ("State", {"fields": ["created_by", "created_at", "updated_at"]}),
    )

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> OidcConfiguration:
        """Create a configuration."""
        return create_oidc_configuration(
            slug=data["slug"], **self._given(data), actor=actor_of(request)
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Configurations, and whether they have a secret."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related("secrets")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The configuration, with the address that its provider is given."""
        configuration = super().get_object(request, object_id, from_field)
        if configuration is not None:
            base = base_url(request)
            configuration.own_address = redirect_uri(configuration.slug, base)
            configuration.logout_addresses = logout_uris(configuration.slug, base)
        return configuration

    @display(description="redirect URI")
    def own_redirect_uri(self, configuration: Any) -> str:
        """Where the provider sends browsers back."""
        return str(configuration.own_address)

    @display(description="logout URIs")
    def own_logout_uris(self, configuration: Any) -> SafeString:
        """Where the provider sends browsers and logouts."""
        return table(["For", "URI"], sorted(configuration.logout_addresses.items()))

    @display(description="has a client secret", boolean=True)
    def has_secret(self, configuration: Any) -> bool:
        """Whether a secret was given."""
        return bool(configuration.secrets.all())

    @page(title="Test", verb="change", icon="science")
    def test(self, request: HttpRequest, configuration: Any) -> HttpResponseBase:
        """Sign on for a test: nobody is signed in, and nothing is changed."""
        from sso.oidc.pages.protocol import OIDC  # noqa: PLC0415  # it loads joserfc

        return test_page(self, request, configuration, OIDC)
