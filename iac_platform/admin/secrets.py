"""Secrets that are shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.response import TemplateResponse

if TYPE_CHECKING:
    from django.http import HttpRequest

    from iac_platform.admin.base import PermittedAdmin


def shown_once(  # each is a text on the page
    admin: PermittedAdmin,
    request: HttpRequest,
    *,
    title: str,
    notice: str,
    secret: str,
    explanation: str,
) -> TemplateResponse:
    """A page with a secret. It is in this answer alone: in no session, message or cache."""
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.model._meta,
        "title": title,
        "notice": notice,
        "secret": secret,
        "explanation": explanation,
    }
    response = TemplateResponse(request, "platform_admin/secret.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
