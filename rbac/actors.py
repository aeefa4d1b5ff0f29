"""Who acts in a request, where it must be one of the tenant's users."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from iac_platform.gateway.actors import actor_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

    from rbac.models import User


def user_of(request: Request | HttpRequest) -> User:
    """The user who is signed in.

    Raises:
        NotAuthenticated: there is none; viewsets and pages have refused such requests before.
    """
    return cast("User", actor_of(request))
