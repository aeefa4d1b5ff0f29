"""Inviting people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import display
from django.http.request import split_domain_port

from iac_platform.admin.actions import confirmed
from iac_platform.admin.display import DANGER, SUCCESS, WARNING, badge, badges
from iac_platform.admin.forms import ServiceForm
from iac_platform.admin.secrets import OneTimeSecretAdmin, SecretPage
from iac_platform.admin.site import site
from rbac.actors import user_of
from rbac.admin.users import RolesField, offer_roles
from rbac.models import Invitation
from rbac.permissions import CREATE_USER
from rbac.services.invitations import invitation_link, invite_user, revoke_invitation
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


class RoleKeysField(RolesField):
    """Roles to choose, as an invitation names them."""

    def clean(self, value: Any) -> Any:
        """The keys of the chosen ones."""
        return [role.key for role in super().clean(value)]


class InvitationForm(ServiceForm):
    """Who is invited, and with which roles."""

    roles = RoleKeysField()

    class Meta:
        labels: ClassVar = {"email": "E-mail address"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_roles(self)


@admin.register(Invitation, site=site)
class InvitationAdmin(OneTimeSecretAdmin):
    """Invitations by link. The link is shown once, and works once."""

    permissions: ClassVar = {"view": CREATE_USER, "add": CREATE_USER, "revoke": CREATE_USER}
    icon = "mail"
    purpose = "Invite people by a link that works once"
    add_form = InvitationForm
    list_display = ("email", "state", "role_list", "invited_by", "created_at", "expires_at")
    list_filter = ("created_at",)
    list_select_related = ("invited_by",)
    search_fields = ("email",)
    actions_detail: ClassVar = ["revoke"]
    readonly_fields = ("state", "role_list")
    add_fieldsets = (
        (
            None,
            {
                "fields": ["email", "roles"],
                "description": "The invited person chooses a username and a password. "
                "The link is shown on the next page.",
            },
        ),
    )
    view_fieldsets = (
        (None, {"fields": ["email", "state", "role_list", "invited_by"]}),
        ("Dates", {"fields": ["created_at", "expires_at", "accepted_at", "revoked_at"]}),
    )

    @display(description="state")
    def state(self, invitation: Invitation) -> SafeString:
        """Whether it can be accepted."""
        if invitation.accepted_at is not None:
            return badge("accepted", SUCCESS)
        if invitation.revoked_at is not None:
            return badge("revoked", DANGER)
        return badge("open") if invitation.is_open else badge("expired", WARNING)

    @display(description="roles")
    def role_list(self, invitation: Invitation) -> SafeString | str:
        """The roles that come with it."""
        return badges(invitation.roles) if invitation.roles else "none"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Invitations with those who made them."""
        return super().get_queryset(request).select_related("invited_by")

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> Invitation:
        """Make the invitation."""
        actor = user_of(request)
        invitation, token = invite_user(email=data["email"], roles=data["roles"], actor=actor)
        _, port = split_domain_port(request.get_host())
        link = invitation_link(current_tenant(), token, scheme=str(request.scheme), port=str(port))
        self.keep_secret(request, link)
        return invitation

    def secret_page(self, obj: Invitation) -> SecretPage:
        """What stands around a new link."""
        return SecretPage(
            title="Invitation created",
            notice=f"{obj.email} can join with this link.",
            explanation="It can be seen this one time, used once, and makes every earlier link "
            "to the same address void. "
            + (
                "It is sent to the invited person by e-mail."
                if settings.SENDS_EMAIL
                else "Send it to the invited person and to nobody else."
            ),
        )

    @confirmed(
        title="Revoke",
        question="Revoke the invitation of {}? Its link stops working.",
        verb="revoke",
        icon="unsubscribe",
        danger=True,
        when=lambda invitation: invitation.is_open,
    )
    def revoke(self, request: HttpRequest, invitation: Invitation) -> str:
        """Make the invitation void."""
        revoke_invitation(invitation, actor=request.user)  # type: ignore[arg-type]  # the admin lets only users in
        return f"The invitation of {invitation.email} is revoked."
