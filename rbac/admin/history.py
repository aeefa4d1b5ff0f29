"""The history of one object: what the audit log says of it, to those who may read the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.html import format_html

from iac_platform.admin.display import changes_table, moment, table
from iac_platform.admin.site import ObjectHistory
from rbac.admin.audit import action_badge
from rbac.models import AuditEntry
from rbac.permissions import VIEW_AUDIT
from rbac.policy import check

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from rbac.models import User

PER_PAGE = 50
_UNREADABLE = (
    "The history is part of the audit log. To read it, you need the permission "
    f"{VIEW_AUDIT.name}; an admin can grant you a role that has it."
)


def may_read_history(user: Any) -> bool:
    """Whether a user may read anything of the log."""
    return check(user, VIEW_AUDIT)


def history_of(obj: Model, request: HttpRequest) -> ObjectHistory:
    """The newest entries about an object, as far as the reader may see them."""
    reader: Any = request.user
    if not may_read_history(reader):
        return ObjectHistory(notice=_UNREADABLE)
    page = Paginator(_entries(obj, reader), PER_PAGE).get_page(request.GET.get("p"))
    return ObjectHistory(page=page, entries=_table(page.object_list))


def _entries(obj: Model, reader: User) -> QuerySet[AuditEntry]:
    about = AuditEntry.objects.filter(subject_type=obj._meta.label_lower, subject_id=str(obj.pk))
    readable: QuerySet[AuditEntry] = about.permitted(reader, VIEW_AUDIT)
    return readable.order_by("-created_at", "-pk")


def _table(entries: Any) -> SafeString:
    rows = [
        (
            format_html(
                '<a href="{}">{}</a>', _address(entry), moment(entry.created_at, to="second")
            ),
            entry.actor_name,
            action_badge(entry),
            changes_table(entry.changes),
        )
        for entry in entries
    ]
    empty = "Nothing yet: the audit log has no entry about it."
    return table(["When", "Who", "Action", "Changes"], rows, empty=empty)


def _address(entry: AuditEntry) -> str:
    return reverse("admin:rbac_auditentry_change", args=[entry.pk])
