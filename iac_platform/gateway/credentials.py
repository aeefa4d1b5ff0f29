"""Whose a request says that it is, by its form alone: nothing of it is verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.hooks import Hook

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest

# Which tenant a request's credentials name; None where it has none that do.
CREDENTIAL_TENANT: Hook[Callable[[HttpRequest], UUID | None]] = Hook("tenant of credentials")
