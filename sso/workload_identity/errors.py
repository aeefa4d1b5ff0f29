"""What goes wrong with workload identities, and with tokens that are exchanged."""

from __future__ import annotations

from enum import StrEnum

from iac_platform.common.errors import DomainError, ErrorKind, InvalidFields


class WorkloadIdentityNotFound(DomainError):
    """There is no such workload identity, or the caller may not see it."""

    code = "workload-identity-not-found"
    title = "Workload identity not found"
    kind = ErrorKind.NOT_FOUND


class InvalidWorkloadIdentity(InvalidFields):
    """A field does not fit, or the conditions would let in too many."""

    code = "invalid-workload-identity"
    title = "Invalid workload identity"


class TooManyWorkloadIdentities(DomainError):
    """The tenant has as many workload identities as it may have."""

    code = "too-many-workload-identities"
    title = "There are too many workload identities"
    kind = ErrorKind.CONFLICT


class ExchangeRule(StrEnum):
    """What an exchange was refused for, beside the rules of signed tokens; they are stable."""

    DISABLED = "workload-identity-disabled"
    SUBJECT = "subject-not-trusted"
    CLAIM = "claim-not-trusted"
    NOT_ISSUED = "token-not-issued"  # the name of a rule
    LIFETIME = "token-lives-too-long"  # the name of a rule
    SCOPE = "scope-not-allowed"


class ExchangeRefused(DomainError):
    """A workload's token was not exchanged.

    Attributes:
        rule: why; stable, it stands in the login log.
        reason: what exactly was wrong, for the tenant's admins alone.
    """

    code = "token-not-accepted"
    title = "The token was not accepted"

    def __init__(self, rule: StrEnum, reason: str) -> None:
        super().__init__(
            "The workload identity does not accept this token. "
            "The tenant's admins find the reason in the login log."
        )
        self.rule = rule
        self.reason = reason


class IssuerUnavailable(DomainError):
    """The issuer did not publish its keys just now, so nothing is known of the token."""

    code = "issuer-unavailable"
    title = "The issuer is not available"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("The issuer's keys could not be fetched. Try again in a minute.")
