"""API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display

from iac_platform.admin.actions import confirmed
from iac_platform.admin.display import DANGER, SUCCESS, WARNING, badge
from iac_platform.admin.secrets import OneTimeSecretAdmin, SecretPage
from iac_platform.admin.site import site
from rbac.actors import user_of
from rbac.models import ApiToken
from rbac.permissions import CREATE_TOKEN, DELETE_TOKEN, VIEW_TOKEN
from rbac.services import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(ApiToken, site=site)
class ApiTokenAdmin(OneTimeSecretAdmin):
    """Keys to the API. One creates them for oneself only, and sees the secret once."""

    permissions: ClassVar = {"view": VIEW_TOKEN, "add": CREATE_TOKEN, "revoke": DELETE_TOKEN}
    icon = "key"
    purpose = "Keys to the API: create your own, revoke any"
    list_display = ("name", "user", "prefix", "state", "limits", "expires_at", "last_used_at")
    list_filter = ("revoked_at", "created_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    actions_detail: ClassVar = ["revoke"]
    readonly_fields = ("state", "limits", "scope_list", "network_list")
    add_fieldsets = (
        (
            None,
            {
                "fields": ["name", "expires_at"],
                "description": "The token acts as you. Its secret is shown once, on the next page.",
            },
        ),
    )
    view_fieldsets = (
        (
            None,
            {
                "fields": [
                    "name",
                    "user",
                    "prefix",
                    "state",
                    "replaces",
                    "made_through",
                    "issued_by",
                ]
            },
        ),
        ("Limits", {"fields": ["scope_list", "network_list"]}),
        ("Dates", {"fields": ["created_at", "expires_at", "revoked_at"]}),
        ("Last use, to some minutes", {"fields": ["last_used_at", "last_used_ip"]}),
    )

    @display(description="state")
    def state(self, token: ApiToken) -> SafeString:
        """Whether the token works."""
        if token.revoked_at is not None:
            return badge("revoked", DANGER)
        return badge("live", SUCCESS) if token.is_live else badge("expired", WARNING)

    @display(description="limits")
    def limits(self, token: ApiToken) -> str:
        """By what the token may do less than its user."""
        held = {"scopes": token.scopes, "networks": token.networks}
        return ", ".join(f"{len(each)} {name}" for name, each in held.items() if each) or "none"

    @display(description="scopes")
    def scope_list(self, token: ApiToken) -> str:
        """The permissions that may be used through it."""
        return ", ".join(token.scopes or ()) or "all that its user may do"

    @display(description="networks")
    def network_list(self, token: ApiToken) -> str:
        """From where it may be used."""
        return ", ".join(token.networks or ()) or "anywhere"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Tokens with their users, and with those that they come from."""
        return super().get_queryset(request).select_related("user", "replaces", "made_through")

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> ApiToken:
        """Create a token for the user who asks."""
        user = user_of(request)
        token, secret = tokens.create_token(
            user, name=data["name"], expires_at=data["expires_at"], actor=user
        )
        self.keep_secret(request, secret)
        return token

    def secret_page(self, obj: ApiToken) -> SecretPage:
        """What stands around a new token."""
        return SecretPage(
            title="Your new token",
            notice=f"The token {obj.name} can be seen this one time. Copy it now.",
            explanation=(
                "Send it with each request to the API, as “Authorization: Bearer …”. Keep it "
                "like a password; if it gets lost, revoke it and create another."
            ),
        )

    @confirmed(
        title="Revoke",
        question="Revoke {}? Whatever uses it is refused from the next request on.",
        verb="revoke",
        icon="key_off",
        danger=True,
        when=lambda token: token.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, token: ApiToken) -> str:
        """Revoke the token."""
        tokens.revoke_token(token, actor=request.user)  # type: ignore[arg-type]  # the admin lets only users in
        return f"The token {token.name} is revoked."
