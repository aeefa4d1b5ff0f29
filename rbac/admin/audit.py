"""The audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import display
from unfold.contrib.filters.admin import TextFilter

from iac_platform.admin.base import ReadOnlyAdmin
from iac_platform.admin.display import DANGER, INFO, PLAIN, SUCCESS, badge, changes_table, moment
from iac_platform.admin.filters import DayRangeFilter
from iac_platform.admin.site import site
from iac_platform.common.permissions import declared
from rbac.chain.entries import with_links
from rbac.models import AuditEntry
from rbac.permissions import VIEW_AUDIT

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

_KINDS = {
    **dict.fromkeys(("create", "grant"), SUCCESS),
    "update": INFO,
    **dict.fromkeys(("delete", "revoke"), DANGER),
    **dict.fromkeys(("denied", "unauthenticated", "sign_in_failed"), DANGER),
}


def action_badge(entry: AuditEntry) -> SafeString:
    """An action, coloured by what it does."""
    return badge(entry.action, _KINDS.get(entry.action.rpartition(".")[2], PLAIN))


class ResourceFilter(admin.SimpleListFilter):
    """Entries about one kind of resource."""

    title = "resource"
    parameter_name = "resource"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002  # Django's signature
        """The resources that somebody in this tenant can change."""
        held = request.user.effective_permissions  # type: ignore[union-attr]  # the admin lets only users in
        resources = {
            permission.resource
            for permission in declared()
            if permission.action not in {"view", "use"} and permission.name in held
        }
        # Of denials, whatever they were about.
        resources.add("access")
        return [(name, name.replace("_", " ").capitalize()) for name in sorted(resources)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        """Compare by order: row-level security keeps LIKE off the indexes, but not this."""
        if not self.value():
            return queryset
        # The character after the full stop ends the range of "resource.…".
        return queryset.filter(action__gte=f"{self.value()}.", action__lt=f"{self.value()}/")


class ActorFilter(TextFilter):  # type: ignore[misc]  # unfold is published without types
    """Entries of one actor, by the exact name that the log shows."""

    title = "actor's name"
    parameter_name = "actor"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  # Django's signature
        """The entries of this name."""
        return queryset.filter(actor_name=self.value()) if self.value() else queryset


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(ReadOnlyAdmin):
    """What was done, by whom, to what; it can be read, searched and nothing else."""

    permissions: ClassVar = {"view": VIEW_AUDIT}
    icon = "history"
    # The log is the history.
    actions_detail_hide_default = True
    purpose = "What was done, by whom, when and to what"
    list_display = ("when", "actor", "action_badge", "subject_display", "address")
    list_display_links = ("when",)
    list_filter = (ResourceFilter, ActorFilter, ("created_at", DayRangeFilter))
    list_filter_submit = True
    search_fields = ("actor_name", "action", "subject_name")
    search_help_text = "Search by actor, action or subject"
    view_fieldsets = (
        ("What happened", {"fields": ["when", "actor", "action_badge", "subject"]}),
        ("Changes", {"fields": ["changed"]}),
        ("Where it came from", {"fields": ["actor_id", "request_id", "address"]}),
        ("Place in the chain", {"fields": ["sequence", "hash"]}),
    )
    readonly_fields = (
        *("when", "actor", "action_badge", "subject", "changed", "address"),
        *("sequence", "hash"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Entries that the user may see, with their links."""
        return with_links(super().get_queryset(request))

    @display(description="number")
    def sequence(self, entry: Any) -> str:
        """Its number in the log."""
        return "-" if entry.sequence is None else str(entry.sequence)

    @display(description="hash")
    def hash(self, entry: Any) -> str:
        """What ties it to the entry before it."""
        return entry.hash or "-"

    @display(description="when", ordering="created_at")
    def when(self, entry: AuditEntry) -> str:
        """The moment, to the second and in UTC."""
        return moment(entry.created_at, to="second")

    @display(description="actor", ordering="actor_name")
    def actor(self, entry: AuditEntry) -> str:
        """Who did it."""
        return entry.actor_name

    @display(description="subject", ordering="subject_name")
    def subject_display(self, entry: AuditEntry) -> str:
        """What was acted on, without its identifier."""
        return entry.subject_name

    @display(description="IP address", ordering="ip_address")
    def address(self, entry: AuditEntry) -> str:
        """Where the request came from."""
        return entry.ip_address or "-"

    @display(description="action", ordering="action")
    def action_badge(self, entry: AuditEntry) -> SafeString:
        """The action, coloured by what it does."""
        return action_badge(entry)

    @display(description="subject")
    def subject(self, entry: AuditEntry) -> str:
        """What was acted on, and its identifier."""
        kind = entry.subject_type.rpartition(".")[2]
        return f"{entry.subject_name}\n{kind} {entry.subject_id}"

    @display(description="changes")
    def changed(self, entry: AuditEntry) -> SafeString:
        """Before and after, field by field."""
        return changes_table(entry.changes)
