"""What the tenant uses of its quotas, for its own admins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse

from iac_platform.admin.base import ReadOnlyAdmin
from iac_platform.admin.site import site
from tenants.context import current_tenant
from tenants.quotas.display import usage_table
from tenants.quotas.errors import HOW_TO_RAISE
from tenants.quotas.models import UsageCounter
from tenants.quotas.permissions import VIEW_USAGE
from tenants.quotas.selectors import usage_of

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(UsageCounter, site=site)
class UsageAdmin(ReadOnlyAdmin):
    """All quotas on one page; the counters are only some of what it is made from."""

    permissions: ClassVar = {"view": VIEW_USAGE}
    icon = "data_usage"
    purpose = "What you use of your plan, and how much is left"
    view_fieldsets = ((None, {"fields": ["quota", "period", "used"]}),)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The quotas of the tenant, instead of a list of counters."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        tenant = current_tenant()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Usage",
            "explanation": f"The plan is {tenant.plan.name}. {HOW_TO_RAISE}",
            "usage": usage_table(usage_of(tenant)),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "quotas/usage.html", context)
