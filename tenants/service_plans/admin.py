"""Plans in the operator's admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Count, QuerySet

from iac_platform.admin.base import PermittedAdmin
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.gateway.actors import actor_of
from tenants.models import ServicePlan
from tenants.permissions import MANAGE_PLAN, VIEW_PLAN
from tenants.quotas.forms import limit_fields, limits_in
from tenants.service_plans.services import create_plan, delete_plan, update_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from tenants.quotas.registry import Quota


def _default(quota: Quota) -> int | None:
    return quota.default


@admin.register(ServicePlan, site=site)
class PlanAdmin(PermittedAdmin):
    """What tenants can buy: a limit for each quota."""

    permissions: ClassVar = {
        "view": VIEW_PLAN,
        "add": MANAGE_PLAN,
        "change": MANAGE_PLAN,
        "delete": MANAGE_PLAN,
    }
    icon = "sell"
    purpose = "What tenants can buy, and how much of it"
    form = RevisedForm
    fixed_fields = ("key",)
    list_display = ("key", "name", "description", "tenant_count", "updated_at")
    search_fields = ("key", "name")
    help_texts: ClassVar = {"key": "What you call it in commands and in the API. It is fixed."}
    fieldsets = ((None, {"fields": ["key", "name", "description"]}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Plans with the number of their tenants."""
        counted: QuerySet[Any] = super().get_queryset(request).annotate(bought=Count("tenants"))
        return counted

    @display(description="tenants", ordering="bought")
    def tenant_count(self, plan: Any) -> int:
        """How many tenants have it."""
        bought: int = plan.bought
        return bought

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form, with a field for each quota."""
        base = RevisedForm if obj else ServiceForm
        fields = limit_fields(obj.limits if obj else {}, _default)
        kwargs["form"] = type("PlanForm", (base,), fields)
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What it is called, and its limits."""
        hidden = [] if obj is None else super().get_fieldsets(request, obj)[1:]
        limits = list(limit_fields({}, _default))
        return [*self.fieldsets, ("Limits", {"fields": limits}), *hidden]

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> ServicePlan:
        """Offer the plan."""
        fields = {name: data[name] for name in ("key", "name", "description")}
        return create_plan(**fields, limits=limits_in(data), actor=actor_of(request))

    def update(
        self, request: HttpRequest, obj: ServicePlan, data: Mapping[str, Any]
    ) -> ServicePlan:
        """Change what it is called or allows."""
        changes = {name: data[name] for name in ("name", "description")}
        changes["limits"] = limits_in(data)
        return update_plan(
            obj, actor=actor_of(request), changes=changes, revision=data["seen_revision"]
        )

    def remove(self, request: HttpRequest, obj: ServicePlan) -> None:
        """Offer it no more."""
        delete_plan(obj, actor=actor_of(request))
