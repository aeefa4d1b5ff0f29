"""How a browser takes a message along to the identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect

from sso.federation import sending

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.bindings import Outgoing


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
    """Send the browser on by a page, as the answer to a form of ours."""
    return sending.sent_by_page(request, configuration.name, outgoing.url, outgoing.fields)
