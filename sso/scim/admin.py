"""SCIM tokens in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from unfold.widgets import UnfoldAdminSelectWidget

from iac_platform.admin.actions import confirmed
from iac_platform.admin.display import DANGER, SUCCESS, WARNING, badge
from iac_platform.admin.forms import ServiceForm
from iac_platform.admin.secrets import OneTimeSecretAdmin, SecretPage
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from sso.provisioning.models import ProviderKind
from sso.provisioning.providers import find_provider, providers
from sso.scim.models import ScimToken
from sso.scim.permissions import CREATE_SCIM_TOKEN, DELETE_SCIM_TOKEN, VIEW_SCIM_TOKEN
from sso.scim.services.tokens import create_scim_token, revoke_scim_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


class _TokenForm(ServiceForm):
    """Whose people and groups a token manages."""

    provider = forms.ChoiceField(
        label="Identity provider",
        widget=UnfoldAdminSelectWidget,
        help_text="By which the people sign on whom the token manages.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider" in self.fields:
            self.fields["provider"].choices = [  # type: ignore[attr-defined]  # a field of choices
                (f"{each.kind} {each.id}", each.name)
                for each in providers()
                if each.kind != ProviderKind.SCIM
            ]


@admin.register(ScimToken, site=site)
class ScimTokenAdmin(OneTimeSecretAdmin):
    """Keys by which identity providers manage users and groups."""

    permissions: ClassVar = {
        "view": VIEW_SCIM_TOKEN,
        "add": CREATE_SCIM_TOKEN,
        "revoke": DELETE_SCIM_TOKEN,
    }
    icon = "sync_lock"
    purpose = "By which identity providers create, change and deactivate users"
    add_form = _TokenForm
    list_display = ("name", "provider_name", "prefix", "state", "expires_at", "last_used_at")
    list_filter = ("revoked_at", "created_at")
    search_fields = ("name",)
    actions_detail: ClassVar = ["revoke"]
    readonly_fields = ("state", "provider_name", "network_list")
    add_fieldsets = (
        (
            None,
            {
                "fields": ["name", "provider", "expires_at"],
                "description": "The secret is shown once, on the next page.",
            },
        ),
    )
    view_fieldsets = (
        (None, {"fields": ["name", "provider_name", "prefix", "state", "replaces"]}),
        ("Limits", {"fields": ["network_list", "expires_at"]}),
        ("Dates", {"fields": ["created_at", "created_by", "revoked_at"]}),
        ("Last use, to some minutes", {"fields": ["last_used_at", "last_used_ip"]}),
    )

    @display(description="state")
    def state(self, token: ScimToken) -> SafeString:
        """Whether the token is valid."""
        if token.revoked_at is not None:
            return badge("revoked", DANGER)
        return badge("valid", SUCCESS) if token.is_live else badge("expired", WARNING)

    @display(description="identity provider")
    def provider_name(self, token: ScimToken) -> str:
        """Whose people it manages."""
        found = find_provider(token.directory.provider_kind, token.directory.provider_id)
        return found.name if found is not None else "none"

    @display(description="networks")
    def network_list(self, token: ScimToken) -> str:
        """From where it may be used."""
        return ", ".join(token.networks or ()) or "anywhere"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Tokens with what is shown of them."""
        rows = super().get_queryset(request)
        return rows.select_related("directory", "created_by", "replaces")

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> ScimToken:
        """Create a token for a provider."""
        kind, _, provider_id = data["provider"].partition(" ")
        token, secret = create_scim_token(
            name=data["name"],
            provider_kind=kind,
            provider_id=UUID(provider_id),
            expires_at=data["expires_at"],
            actor=actor_of(request),
        )
        self.keep_secret(request, secret)
        return token

    def secret_page(self, obj: ScimToken) -> SecretPage:
        """What stands around a new token."""
        return SecretPage(
            title="The new SCIM token",
            notice=f"The token {obj.name} can be seen this one time. Copy it now.",
            explanation=(
                "Enter it at the identity provider, with the address /scim/v2 of this host. "
                "Whoever has it decides who the users are: if it is lost, revoke it."
            ),
        )

    @confirmed(
        title="Revoke",
        question="Revoke {}? The identity provider cannot change users by it any more.",
        verb="revoke",
        icon="key_off",
        danger=True,
        when=lambda token: token.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, token: ScimToken) -> str:
        """Revoke the token."""
        revoke_scim_token(token, actor=actor_of(request))
        return f"The token {token.name} is revoked."
