"""Refusals for want of room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.errors import DomainError, ErrorKind

if TYPE_CHECKING:
    from tenants.quotas.registry import Quota

HOW_TO_RAISE = (
    "Delete some, or ask the platform's operator for a larger plan or a higher limit of your own."
)
HOW_TO_RAISE_CALLS = (
    "Wait until it resets, or ask the platform's operator for a larger plan or a higher "
    "limit of your own."
)


class QuotaExceeded(DomainError):
    """The tenant has as much of something as it may have."""

    code = "quota-exceeded"
    title = "A quota of the tenant is used up"
    kind = ErrorKind.FORBIDDEN

    def __init__(self, quota: Quota, *, limit: int, used: int, wanted: int = 1) -> None:
        more = "" if wanted == 1 else f", and this needs {wanted:,} more"
        super().__init__(
            f"{quota.title}: {used:,} of {limit:,} {quota.unit} are used{more}. {HOW_TO_RAISE}",
            quota=quota.name,
            limit=limit,
            used=used,
        )


class CallsExhausted(DomainError):
    """The tenant has made as many API calls as it may in a day."""

    code = QuotaExceeded.code
    title = QuotaExceeded.title
    kind = ErrorKind.EXHAUSTED


class InvalidLimits(DomainError):
    """Limits name a quota that nobody declares, or are no numbers."""

    code = "invalid-limits"
    title = "The limits are not valid"
