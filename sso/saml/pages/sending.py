"""How a browser takes a message along to the identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.bindings import Outgoing

# The page has one form, which posts the message to an identity provider, and wherever that leads.
_POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action https:; "
    "img-src 'self'; script-src 'self'; style-src 'self'"
)


def sent(
    request: HttpRequest, configuration: SamlConfiguration, outgoing: Outgoing
) -> HttpResponse:
    """Send the browser on, by a redirect or by a form."""
    if outgoing.fields:
        return sent_by_page(request, configuration, outgoing)
    return HttpResponseRedirect(outgoing.url)


def sent_by_page(
    request: HttpRequest, configuration: SamlConfiguration, outgoing: Outgoing
) -> HttpResponse:
    """Send the browser on by a page, as the answer to a form of ours.

    Such a form may lead to this site alone (``form-action`` of its Content-Security-Policy), and
    browsers hold the redirects that answer it to that as well.
    """
    context = {"name": configuration.name, "url": outgoing.url, "fields": dict(outgoing.fields)}
    headers = {"Content-Security-Policy": _POLICY}
    return TemplateResponse(request, "saml/post.html", context, headers=headers)
