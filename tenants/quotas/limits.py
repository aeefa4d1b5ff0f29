"""Which limit holds for whom: the tenant's override, else its plan's, else the quota's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenants.quotas.errors import InvalidLimits
from tenants.quotas.registry import declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenants.models import Tenant
    from tenants.quotas.registry import Quota

# What every client of JSON can still count exactly (RFC 8259, section 6).
MAX_LIMIT = 2**53 - 1


def limit_of(tenant: Tenant, quota: Quota) -> int | None:
    """How much of a quota a tenant may use; None for no limit.

    The operator has no limits: they would lock out whoever can raise them. Costs no
    query when the tenant was read with its plan, as requests do.
    """
    if tenant.is_platform:
        return None
    if quota.name in tenant.quota_overrides:
        return _as_limit(tenant.quota_overrides[quota.name])
    return _as_limit(tenant.plan.limits.get(quota.name, quota.default))


def checked_limits(limits: Mapping[str, Any], *, at: str = "") -> dict[str, int | None]:
    """Limits as plans and overrides keep them.

    Args:
        limits: limit by quota; None for no limit.
        at: the JSON Pointer of ``limits`` in what the caller was given.

    Raises:
        InvalidLimits: with a JSON Pointer to each that does not fit.
    """
    known = {quota.name for quota in declared()}
    problems = [
        {"pointer": f"{at}/{name}", "code": code, "detail": detail}
        for name, limit in limits.items()
        for code, detail in [_problem(name, limit, known)]
        if code
    ]
    if problems:
        detail = " ".join(f"{problem['detail']}" for problem in problems[:5])
        raise InvalidLimits(detail, errors=problems)
    return dict(sorted(limits.items()))


def _problem(name: str, limit: Any, known: set[str]) -> tuple[str, str]:
    if name not in known:
        return (
            "unknown-quota",
            f"There is no quota {name!r}. The quotas are: {', '.join(sorted(known))}.",
        )
    # To Python, True is a number.
    if limit is None or (type(limit) is int and 0 <= limit <= MAX_LIMIT):
        return "", ""
    return "invalid", f"{name}: a limit is a whole number from 0 to {MAX_LIMIT}, or null for none."


def _as_limit(value: Any) -> int | None:
    return None if value is None else int(value)
