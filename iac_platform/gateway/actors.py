"""Who acts in a request, as services want to know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rest_framework.exceptions import NotAuthenticated

if TYPE_CHECKING:
    from rest_framework.request import Request

    from iac_platform.common.audit import Actor


def actor_of(request: Request) -> Actor:
    """The authenticated principal of a request.

    Raises:
        NotAuthenticated: there is none; viewsets have refused such requests before.
    """
    if not request.user.is_authenticated:
        raise NotAuthenticated
    return cast("Actor", request.user)
