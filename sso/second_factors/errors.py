"""What goes wrong with second factors."""

from __future__ import annotations

from iac_platform.common.errors import DomainError, ErrorKind, InvalidFields, ObjectNotFound


class SecondFactorNotFound(ObjectNotFound):
    """There is no second factor that the caller may see."""

    code = "second-factor-not-found"
    title = "Second factor not found"


class InvalidSecondFactor(InvalidFields):
    """What a browser or an authenticator sent is no second factor of this person."""

    code = "invalid-second-factor"
    title = "Invalid second factor"


class TooManySecondFactors(DomainError):
    """Somebody has as many as they may have."""

    code = "too-many-second-factors"
    title = "Too many second factors"
    kind = ErrorKind.CONFLICT


class SecondFactorRequired(DomainError):
    """The tenant requires a second factor, and it is somebody's last one."""

    code = "second-factor-required"
    title = "A second factor is required"
    kind = ErrorKind.CONFLICT


class SecondFactorExists(DomainError):
    """Somebody has a second factor by now: the password alone sets up no other one."""

    code = "second-factor-exists"
    title = "There is a second factor already"
    kind = ErrorKind.CONFLICT
