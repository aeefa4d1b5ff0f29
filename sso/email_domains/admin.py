"""E-mail domains in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from unfold.widgets import UnfoldAdminSelectWidget

from iac_platform.admin.actions import ActingAdmin, confirmed
from iac_platform.admin.base import Services
from iac_platform.admin.display import SUCCESS, WARNING, badge, moment, table
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from sso.email_domains.models import EmailDomain
from sso.email_domains.permissions import (
    CREATE_EMAIL_DOMAIN,
    DELETE_EMAIL_DOMAIN,
    UPDATE_EMAIL_DOMAIN,
    VIEW_EMAIL_DOMAIN,
)
from sso.email_domains.services.email_domains import (
    create_email_domain,
    delete_email_domain,
    update_email_domain,
    verify_email_domain,
)
from sso.provisioning.providers import find_provider
from sso.sign_in.links import sign_on_links
from tenants.domains.records import proof_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest
    from django.utils.safestring import SafeString


class _ProviderForm(ServiceForm):
    """Which identity provider a domain leads to."""

    provider = forms.ChoiceField(
        label="Identity provider",
        widget=UnfoldAdminSelectWidget,
        help_text="Whose page people are led to.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider" in self.fields:
            now = _key(self.instance.provider_kind, self.instance.provider_id)
            offered = {_key(each.kind, each.provider_id): each.name for each in sign_on_links()}
            choices = {now: "The one of now", **offered}
            self.fields["provider"].choices = list(choices.items())  # type: ignore[attr-defined]  # a field of choices
            self.initial["provider"] = now


class _ChangeForm(_ProviderForm, RevisedForm):
    """A domain to change."""


@admin.register(EmailDomain, site=site)
class EmailDomainAdmin(ActingAdmin):
    """E-mail domains, and the identity providers that they lead to."""

    permissions: ClassVar = {
        "view": VIEW_EMAIL_DOMAIN,
        "add": CREATE_EMAIL_DOMAIN,
        "change": UPDATE_EMAIL_DOMAIN,
        "delete": DELETE_EMAIL_DOMAIN,
    }
    services = Services(delete=delete_email_domain)
    icon = "alternate_email"
    purpose = "Which e-mail domains lead to which identity provider"
    form = _ChangeForm
    add_form = _ProviderForm
    fixed_fields = ("domain",)
    list_display = ("domain", "state", "leads_to", "created_at")
    search_fields = ("domain",)
    actions_detail: ClassVar = ["check_dns"]
    readonly_fields = ("state", "leads_to", "record", "failure", "checked_at", "created_at")
    add_fieldsets = ((None, {"fields": ["domain", "provider"]}),)
    fieldsets = (
        (None, {"fields": ["domain", "provider", "state"]}),
        ("Set this in DNS", {"fields": ["record", "checked_at", "failure"]}),
        ("State", {"fields": ["created_at"]}),
    )
    view_fieldsets = (
        (None, {"fields": ["domain", "leads_to", "state"]}),
        ("Set this in DNS", {"fields": ["record", "checked_at", "failure"]}),
        ("State", {"fields": ["created_at"]}),
    )

    @display(description="state", ordering="verified_at")
    def state(self, domain: EmailDomain) -> SafeString:
        """Whether it leads people."""
        if domain.verified_at is None:
            return badge("not verified", WARNING, title=domain.failure)
        return badge("verified", SUCCESS, title=f"since {moment(domain.verified_at)}")

    @display(description="leads to")
    def leads_to(self, domain: EmailDomain) -> str:
        """The identity provider, by its name."""
        kind, provider_id = domain.provider_kind, domain.provider_id
        found = find_provider(kind, provider_id) if provider_id is not None else None
        return found.name if found is not None else "nowhere"

    @display(description="record")
    def record(self, domain: EmailDomain) -> SafeString:
        """What to set in DNS."""
        return table(["Type", "Name", "Value"], [proof_of(domain.domain, domain.challenge)])

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> EmailDomain:
        """Add a domain."""
        provider = _provider(data["provider"])
        return create_email_domain(domain=data["domain"], **provider, actor=actor_of(request))

    def update(self, request: HttpRequest, obj: Any, data: Mapping[str, Any]) -> EmailDomain:
        """Have it lead elsewhere."""
        return update_email_domain(
            obj,
            actor=actor_of(request),
            changes=_provider(data["provider"]),
            revision=data["seen_revision"],
        )

    @confirmed(
        title="Check DNS now",
        question="Is the TXT record of {} set? DNS is asked for it; that may take seconds.",
        verb="change",
        icon="travel_explore",
        atomic=False,
    )
    def check_dns(self, request: HttpRequest, domain: EmailDomain) -> str:
        """Have DNS asked for the domain's record."""
        verify_email_domain(domain, actor=actor_of(request))
        return f"{domain} is verified."


def _key(kind: str, provider_id: UUID | None) -> str:
    return f"{kind} {provider_id or ''}".strip()


def _provider(key: str) -> dict[str, Any]:
    """What a choice of the form means; a provider that is gone is refused by the service."""
    kind, _, provider_id = key.partition(" ")
    return {"provider_kind": kind, "provider_id": UUID(provider_id) if provider_id else None}
