"""E-mail in the admin: whether it went out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display

from iac_platform.admin.base import ReadOnlyAdmin
from iac_platform.admin.display import DANGER, INFO, SUCCESS, badge
from iac_platform.admin.site import site
from sso.emails.models import Email, EmailStatus
from sso.emails.permissions import VIEW_EMAIL

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

_COLOURS = {EmailStatus.QUEUED: INFO, EmailStatus.SENT: SUCCESS, EmailStatus.FAILED: DANGER}


@admin.register(Email, site=site)
class EmailAdmin(ReadOnlyAdmin):
    """Which e-mail was sent to whom."""

    permissions: ClassVar = {"view": VIEW_EMAIL}
    icon = "outgoing_mail"
    purpose = "Which e-mail was sent to whom, and what the mail server said"
    list_display = ("recipient", "subject", "state", "created_at", "sent_at")
    list_filter = ("status",)
    search_fields = ("recipient",)
    view_fieldsets = (
        (None, {"fields": ["recipient", "subject", "state", "attempts", "failure"]}),
        ("Times", {"fields": ["created_at", "sent_at", "expires_at"]}),
    )
    readonly_fields = ("state",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """E-mail without its text."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("text")

    @display(description="status", ordering="status")
    def state(self, email: Email) -> SafeString:
        """How far it is."""
        return badge(email.get_status_display(), _COLOURS[EmailStatus(email.status)])
