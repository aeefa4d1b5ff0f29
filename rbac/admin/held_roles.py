"""How the roles look that a user holds now: on the list as badges, on the page as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.admin.display import INFO, PLAIN, badge, joined, moment, table
from rbac.admin.grants_display import limits_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.utils.safestring import SafeString

    from rbac.answers.roles_held import HeldRole


def held_badges(roles: Iterable[HeldRole]) -> SafeString:
    """Each role once for each way of holding it; those that count only in part look fainter."""
    shown = {(_short(role), role.is_limited, _origin(role)): role for role in roles}
    return joined(
        badge(text, PLAIN if limited else INFO, title=f"{origin}, {_until(role)}")
        for (text, limited, origin), role in shown.items()
    )


def held_table(roles: Sequence[HeldRole]) -> SafeString:
    """Each role with what it comes from."""
    rows = [(role.name, _origin(role), limits_count(role.limits), _until(role)) for role in roles]
    return table(["Role", "Granted", "Limits", "When"], rows, empty="None.")


def _short(role: HeldRole) -> str:
    marks = [
        mark for mark, holds in (("limited", role.is_limited), ("team", role.team_path)) if holds
    ]
    return f"{role.name} ({', '.join(marks)})" if marks else role.name


def _origin(role: HeldRole) -> str:
    if role.team_path:
        return f"by the team {' → '.join(role.team_path)}"
    return "delegated" if role.is_delegated else "directly"


def _until(role: HeldRole) -> str:
    return f"until {moment(role.expires_at)}" if role.expires_at else "always"
