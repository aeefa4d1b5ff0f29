"""The login log in the admin: it can be read and searched, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display

from iac_platform.admin.base import ReadOnlyAdmin
from iac_platform.admin.display import DANGER, INFO, SUCCESS, badge, moment, values_table
from iac_platform.admin.site import site
from sso.login_events.models import LoginEvent, Outcome
from sso.login_events.permissions import VIEW_LOGIN_EVENT

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_COLOURS = {
    Outcome.SIGNED_IN: SUCCESS,
    Outcome.SIGNED_OUT: INFO,
    Outcome.REFUSED: DANGER,
    Outcome.TESTED: INFO,
    Outcome.LINKED: SUCCESS,
    Outcome.TOKEN_ISSUED: SUCCESS,
}


@admin.register(LoginEvent, site=site)
class LoginEventAdmin(ReadOnlyAdmin):
    """What came of sign-ons through identity providers."""

    permissions: ClassVar = {"view": VIEW_LOGIN_EVENT}
    icon = "login"
    actions_detail_hide_default = True
    purpose = "What came of sign-ons through identity providers, and which rule refused them"
    list_display = ("when", "provider_name", "outcome_badge", "code", "subject", "reference")
    list_display_links = ("when",)
    list_filter = ("outcome", "provider_kind")
    search_fields = ("=reference", "=code")
    search_help_text = "Search by the reference that the person was shown, or by a rule's code"
    view_fieldsets = (
        ("What happened", {"fields": ["when", "outcome_badge", "code", "reason", "reference"]}),
        ("Who", {"fields": ["provider_name", "provider_kind", "subject", "user", "address"]}),
        ("What a sign-on would do", {"fields": ["test_report"]}),
        ("What was sent", {"fields": ["document"]}),
    )
    readonly_fields = ("when", "outcome_badge", "test_report")

    @display(description="when", ordering="created_at")
    def when(self, event: LoginEvent) -> str:
        """The moment, to the second and in UTC."""
        return moment(event.created_at, to="second")

    @display(description="outcome", ordering="outcome")
    def outcome_badge(self, event: LoginEvent) -> SafeString:
        """What came of it, in its colour."""
        outcome: Any = Outcome(event.outcome)
        return badge(outcome.label, _COLOURS[outcome])

    @display(description="report")
    def test_report(self, event: LoginEvent) -> SafeString | str:
        """What a test found; nothing of what was no test."""
        return "-" if event.report is None else values_table(event.report)
