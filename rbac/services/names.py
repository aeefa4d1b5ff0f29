"""Names on their way into a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from rbac.names import normalized, validate_name

if TYPE_CHECKING:
    from iac_platform.common.errors import DomainError


def clean_name(name: str, error: type[DomainError]) -> str:
    """The name as it is kept.

    Raises:
        DomainError: of the class given: it does not fit; the detail says why.
    """
    clean = normalized(name)
    try:
        validate_name(clean)
    except ValidationError as invalid:
        detail = " ".join(invalid.messages)
        problem = {"pointer": "/name", "code": "invalid", "detail": detail}
        raise error(f"name: {detail}", errors=[problem]) from invalid
    return clean
