"""How a browser is sent on to an identity provider from a page of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.response import TemplateResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

# The page has one form, which posts the message to an identity provider, and wherever that leads.
_POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action https:; "
    "img-src 'self'; script-src 'self'; style-src 'self'"
)


def sent_by_page(
    request: HttpRequest, name: str, url: str, fields: Mapping[str, str] | None = None
) -> HttpResponse:
    """Send the browser on by a page, as the answer to a form of ours.

    Such a form may lead to this site alone (``form-action`` of its Content-Security-Policy), and
    browsers hold the redirects that answer it to that as well.

    Args:
        request: of the browser.
        name: what people call the identity provider.
        url: where it goes.
        fields: what it posts there; by default it follows a link.
    """
    context = {"name": name, "url": url, "fields": dict(fields or {})}
    headers = {"Content-Security-Policy": _POLICY}
    return TemplateResponse(request, "sign_in/to_provider.html", context, headers=headers)
