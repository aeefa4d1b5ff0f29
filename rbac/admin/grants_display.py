"""How grants look: to what they are limited, from when until when, and where they lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from iac_platform.admin.display import PLAIN, SUCCESS, WARNING, badge, moment, table
from rbac.grant_limits import GRANT_LIMITS
from rbac.models import RoleGrant, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from django.utils.safestring import SafeString

    from iac_platform.common.permissions import LimitKind
    from rbac.access.holdings import Limits, Period

UNNAMED = "one that you may not see, or that is gone"


def offered(kind: LimitKind, *, user: Any) -> dict[UUID, str] | None:
    """Names of what a grant can be limited to; None when there is no such thing yet."""
    lookup = GRANT_LIMITS.get(kind)
    return dict(lookup.names(user)) if lookup else None


def limits_text(limits: Limits, names: Mapping[UUID, str]) -> str:
    """To what a grant is limited, in words."""
    parts = []
    for kind in limits.limitable_by:
        ids = limits.of(kind) or frozenset()
        known = ", ".join(sorted(names.get(each, UNNAMED) for each in ids))
        parts.append(f"{kind}s: {known}")
    return "; ".join(parts) or "none"


def limits_count(limits: Limits) -> str:
    """To how much a grant is limited: ``2 projects, 1 environment``."""
    kinds = [(kind, len(limits.of(kind) or ())) for kind in limits.limitable_by]
    counts = (f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in kinds)
    return ", ".join(counts) or "none"


def granter(grant: RoleGrant) -> str:
    """Who made a grant, by name while there is such a user."""
    kind, _, key = grant.granted_by.partition(":")
    user = User.objects.filter(pk=key).first() if kind == "user" else None
    return str(user or grant.granted_by)


def period_text(period: Period) -> str:
    """From when until when a grant counts, in words."""
    parts = []
    if period.starts_at is not None:
        parts.append(f"from {moment(period.starts_at)}")
    if period.expires_at is not None:
        parts.append(f"until {moment(period.expires_at)}")
    return " ".join(parts) or "always"


def state(period: Period) -> SafeString:
    """Whether a grant counts now."""
    now = timezone.now()
    if period.expires_at is not None and period.expires_at <= now:
        return badge("ended", PLAIN)
    if period.starts_at is not None and period.starts_at > now:
        return badge("to come", WARNING)
    return badge("in force", SUCCESS)


def grants_table(grants: Iterable[RoleGrant]) -> SafeString:
    """Grants of one user or team, each with the way to its page."""
    rows = [
        (
            format_html('<a href="{}">{}</a>', grant_address(grant.pk), grant.role),
            grant.team or grant.user,
            limits_count(grant.limits),
            period_text(grant.period),
            state(grant.period),
        )
        for grant in grants
    ]
    return table(["Role", "Granted to", "Limits", "When", "State"], rows, empty="Nothing yet.")


def grant_address(grant_id: UUID) -> str:
    """Where the admin shows a grant."""
    return reverse("admin:rbac_rolegrant_change", args=[grant_id])


def new_grant_address(**initial: Any) -> str:
    """Where a role is granted, with some of the form filled in."""
    return f"{reverse('admin:rbac_rolegrant_add')}?{urlencode(initial)}"


def grants_address(holder: str) -> str:
    """Where all grants of one holder are listed."""
    return f"{reverse('admin:rbac_rolegrant_changelist')}?{urlencode({'holder': holder})}"
