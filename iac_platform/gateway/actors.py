"""Who acts in a request, as services want to know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import NotAuthenticated

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

    from iac_platform.common.audit import Actor


def actor_of(request: Request | HttpRequest) -> Actor:
    """The authenticated principal of a request to the API, or to a page.

    Raises:
        NotAuthenticated: there is none; viewsets and pages have refused such requests before.
    """
    user = request.user
    if not user.is_authenticated:
        raise NotAuthenticated
    return user
