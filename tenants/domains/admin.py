"""Domains in the admin: the operator's, and each tenant's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import display

from iac_platform.admin.actions import ActingAdmin, confirmed
from iac_platform.admin.display import DANGER, INFO, SUCCESS, WARNING, badge, moment, table
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from tenants import permissions
from tenants.context import current_tenant
from tenants.domains.records import records_for
from tenants.domains.services.checks import verify_domain
from tenants.domains.services.domains import add_domain, remove_domain, vouch_for_domain
from tenants.models import Domain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


_TENANT_ADDS = "The next page says what to set in DNS. The domain is served once it is verified."
_OPERATOR_ADDS = (
    "The tenant proves the domain by a record in DNS, which the next page shows; or you vouch for "
    "it there. It is served once it is verified."
)


def _is_unverified(domain: Domain) -> bool:
    return domain.verified_at is None


def _is_to_be_proven(domain: Domain) -> bool:
    return bool(domain.challenge) and not domain.is_primary and not domain.is_former


@admin.register(Domain, site=site)
class DomainAdmin(ActingAdmin):
    """Host names: added, verified by DNS or by the operator, removed; never moved to another."""

    permissions: ClassVar = {
        "view": permissions.VIEW_DOMAIN,
        "add": permissions.CREATE_DOMAIN,
        "check": permissions.UPDATE_DOMAIN,
        "vouch": permissions.VOUCH_FOR_DOMAIN,
        "delete": permissions.DELETE_DOMAIN,
    }
    icon = "language"
    purpose = "Host names, and their verification"
    list_display = ("name", "tenant", "state", "created_at")
    list_filter = ("is_primary",)
    list_select_related = ("tenant",)
    search_fields = ("domain", "tenant__slug", "tenant__name")
    autocomplete_fields = ("tenant",)
    actions_detail: ClassVar = ["check_dns", "verify"]
    readonly_fields = ("unicode", "state", "records")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields; a tenant's own admins are neither asked nor told whose a domain is."""
        named = ["domain", "tenant"] if self.may(request, "vouch") else ["domain"]
        if obj is None:
            description = _OPERATOR_ADDS if self.may(request, "vouch") else _TENANT_ADDS
            return ((None, {"fields": named, "description": description}),)
        also = ["unicode"] if obj.unicode != obj.domain else []
        return (
            (None, {"fields": [*named, *also, "state", "verified_at", "created_at"]}),
            (
                "What the tenant sets in DNS" if self.may(request, "vouch") else "Set this in DNS",
                {"fields": ["records", "checked_at", "failure"]},
            ),
        )

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """The columns; whose a domain is goes without saying in a tenant's own admin."""
        everything = self.may(request, "vouch")
        return tuple(name for name in self.list_display if everything or name != "tenant")

    @display(description="domain", ordering="domain")
    def name(self, domain: Domain) -> str:
        """The name as DNS has it, and as people write it where that differs."""
        return str(domain)

    @display(description="state", ordering="verified_at")
    def state(self, domain: Domain) -> SafeString:
        """Whether the domain is served."""
        if domain.redirects_until is not None:
            return badge("redirects", INFO, title=f"until {moment(domain.redirects_until)}")
        if domain.verified_at is None:
            return badge("not verified", WARNING, title=domain.failure)
        if domain.failure:
            return badge("record missing", DANGER, title=domain.failure)
        since = f"since {moment(domain.verified_at)}"
        return badge("primary" if domain.is_primary else "verified", SUCCESS, title=since)

    @display(description="records")
    def records(self, domain: Domain) -> SafeString:
        """What to set in DNS."""
        ours = domain.is_primary or domain.is_former
        rows = [] if ours else records_for(domain.domain, domain.challenge)
        return table(["Type", "Name", "Value"], rows, empty="Nothing: the platform's own name.")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The platform's own addresses stay."""
        ours = isinstance(obj, Domain) and (obj.is_primary or obj.is_former)
        return super().has_delete_permission(request, obj) and not ours

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> Domain:
        """Add the domain."""
        tenant = data.get("tenant") or current_tenant()
        return add_domain(tenant, domain=data["domain"], actor=actor_of(request))

    def response_add(
        self,
        request: HttpRequest,
        obj: Domain,
        post_url_continue: str | None = None,  # noqa: ARG002  # Django's signature
    ) -> Any:
        """Go on to the page that says what to set in DNS."""
        messages.success(request, f"{obj} was added. Set the records below, then check them.")
        return self.back_to(obj)

    def remove(self, request: HttpRequest, obj: Domain) -> None:
        """Remove the domain."""
        remove_domain(obj, actor=actor_of(request))

    @confirmed(
        title="Check DNS now",
        question="Is the TXT record of {} set? DNS is asked for it; that may take seconds.",
        verb="check",
        icon="travel_explore",
        atomic=False,
        when=_is_to_be_proven,
    )
    def check_dns(self, request: HttpRequest, domain: Domain) -> str:
        """Have DNS asked for the domain's record."""
        verify_domain(domain, actor=actor_of(request))
        return f"{domain} is verified and served."

    @confirmed(
        title="Mark as verified",
        question="Have you made sure that {} belongs to this tenant? It is served from then on, "
        "and DNS is not asked.",
        verb="vouch",
        icon="verified",
        when=_is_unverified,
    )
    def verify(self, request: HttpRequest, domain: Domain) -> str:
        """Mark the domain as verified on the operator's word."""
        vouch_for_domain(domain, actor=actor_of(request))
        return f"{domain} is verified and served."
