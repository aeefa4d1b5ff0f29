"""Refusals in OAuth's own form (RFC 6749, section 5.2)."""

from __future__ import annotations

from enum import StrEnum

from iac_platform.common.errors import DomainError, ErrorKind


class OAuthErrorCode(StrEnum):
    """What OAuth calls a refusal."""

    INVALID_REQUEST = "invalid_request"
    INVALID_GRANT = "invalid_grant"
    INVALID_SCOPE = "invalid_scope"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    # RFC 8628, section 3.5
    AUTHORIZATION_PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    ACCESS_DENIED = "access_denied"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105  # the name of an error


class OAuthError(Exception):
    """A request to one of OAuth's endpoints was refused."""

    def __init__(self, code: OAuthErrorCode, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


class DeviceNotFound(DomainError):
    """No device waits with the code that was typed."""

    code = "device-not-found"
    title = "No device waits with this code"
    kind = ErrorKind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(
            "No device waits with this code. Check what it shows; codes work for 10 minutes."
        )


class TooManyDevices(DomainError):
    """As many devices wait for approval as may."""

    code = "too-many-devices"
    title = "Too many devices wait for approval"
    kind = ErrorKind.EXHAUSTED

    def __init__(self) -> None:
        super().__init__("Too many devices wait for approval. Try again in some minutes.")
