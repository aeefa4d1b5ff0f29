"""What a tenant's host answers to SCIM clients."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from iac_platform.gateway.bodies import takes_anonymous_body

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


# A bulk request of the largest size; the view reads no body before it knows who asks.
_LARGEST_BODY = 1024 * 1024


@csrf_exempt
@takes_anonymous_body(_LARGEST_BODY)
def _scim(request: HttpRequest, **address: Any) -> HttpResponseBase:
    """The view, whose libraries are loaded by its first request."""
    view = import_module("sso.scim.protocol.views").ScimView.as_view()
    answer: HttpResponseBase = view(request, **address)
    return answer


urlpatterns = [path("scim/v2/<path:path>", _scim, name="scim")]
