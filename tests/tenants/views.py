"""A few addresses that tell what the middleware made of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import path

from rbac.models import User
from tenants.context import current_tenant_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest


def whose(request: HttpRequest) -> HttpResponseBase:
    """The tenant of the request and of the scope, and the users that a query finds."""
    tenant = current_tenant_or_none()
    users = sorted(User.objects.values_list("username", flat=True)) if tenant else None
    named = request.tenant.slug if request.tenant else None  # type: ignore[attr-defined]  # the middleware's
    return JsonResponse({"request": named, "scope": tenant and tenant.slug, "users": users})


def stream(_request: HttpRequest) -> HttpResponseBase:
    """The users, read one by one after the view has returned."""

    def lines() -> Iterator[str]:
        for user in User.objects.order_by("username").iterator():
            yield f"{user.username}\n"
        yield f"{User.objects.count()}\n"

    return StreamingHttpResponse(lines())


def remember(request: HttpRequest) -> HttpResponseBase:
    """Put a note into the session, or read it."""
    if request.method == "POST":
        request.session["note"] = request.GET["note"]
    return JsonResponse({"note": request.session.get("note")})


urlpatterns = [
    path("healthz", whose),
    path("whose", whose),
    path("stream", stream),
    path("remember", remember),
]
