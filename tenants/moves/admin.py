"""The button that moves a tenant to another tier or pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.urls import reverse
from django.utils.html import format_html

from iac_platform.admin.actions import ActingAdmin, page
from iac_platform.admin.forms import RefusalsOn
from iac_platform.gateway.actors import actor_of
from tenants.models import Tenant, Tier
from tenants.moves.services import MOVABLE, request_move
from tenants.provisioning.pools import pools_with_capacity

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_OWN = ""


class MoveForm(forms.Form):
    """Where the tenant goes: a placement of its own, or a pool with room."""

    target = forms.ChoiceField(label="Move to", required=False)

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [(_OWN, "A placement of its own: enterprise")]
        target: Any = self.fields["target"]
        target.choices = [
            *(own if tenant.tier == Tier.STANDARD else []),
            *(
                (pool.schema_name, f"{pool}: standard, room for {room}")
                for pool, room in pools_with_capacity()
                if pool.pk != tenant.placement_id
            ),
        ]


def _can_be_moved(tenant: Tenant) -> bool:
    return tenant.status in MOVABLE and not tenant.is_platform and tenant.moving_to is None


class MovingAdmin(ActingAdmin):
    """Tenants, and the button that moves one."""

    @page(title="Move", verb="move", icon="moving", when=_can_be_moved)
    def move(self, request: HttpRequest, tenant: Tenant) -> HttpResponseBase:
        """Ask where to, or queue the move."""
        form = MoveForm(request.POST or None, tenant=tenant)
        if form.is_valid() and self._request(request, tenant, form):
            return self.back_to(tenant)
        return self.fill_in(
            request,
            tenant,
            form=form,
            title=f"Move {tenant}",
            explanation=(
                "All of its rows are copied while it goes on working, and compared. At the end "
                "changes are refused for some seconds. When anything fails, it stays where it is."
            ),
            submit="Move the tenant",
        )

    def _request(self, request: HttpRequest, tenant: Tenant, form: forms.Form) -> bool:
        pool = form.cleaned_data["target"] or None
        tier = Tier.STANDARD if pool else Tier.ENTERPRISE
        with RefusalsOn(form):
            operation = request_move(tenant, tier=tier, pool=pool, actor=actor_of(request))
            self.log_change(request, tenant, "The move was queued.")
            address = reverse("admin:tenants_operation_change", args=[operation.pk])
            message = 'The move of {} is queued. <a href="{}">Follow its progress</a>.'
            messages.success(request, format_html(message, tenant, address))
        return form.is_valid()
