"""The tenant's metadata for one identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from iac_platform.cache import cache
from iac_platform.gateway.hosts import at_a_tenants_host
from sso.federation.addresses import base_url
from sso.saml.errors import SamlConfigurationNotFound
from sso.saml.protocol.keys import expiry_of
from sso.saml.selectors import published_configuration, service_provider

if TYPE_CHECKING:
    from django.http import HttpRequest

    from sso.saml.models import SamlConfiguration

_CONTENT_TYPE = "application/samlmetadata+xml"  # SAML metadata, appendix A
_KEPT_SECONDS = 3600


@require_safe
@at_a_tenants_host("sign_in/no_tenant.html")
def metadata(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer the signed metadata, to anybody: identity providers fetch it.

    A disabled configuration has it as well: that is how one is set up before anybody signs in.

    Raises:
        Http404: no configuration is called so.
    """
    configuration = published_configuration(slug)
    if configuration is None:
        raise Http404
    try:
        document = _signed(configuration, base_url(request))
    except SamlConfigurationNotFound:
        raise Http404 from None
    return HttpResponse(document, content_type=_CONTENT_TYPE, headers={"Cache-Control": "no-cache"})


def _signed(configuration: SamlConfiguration, base_url: str) -> bytes:
    """The document, signed once for all who ask: each change has a revision of its own."""
    return cache.get_or_set(
        "saml-metadata",
        f"{configuration.pk} {configuration.revision} {base_url}",
        lambda: _written(configuration, base_url),
        ttl=_KEPT_SECONDS,
    )


def _written(configuration: SamlConfiguration, base_url: str) -> bytes:
    from sso.saml.protocol.service_provider_metadata import (  # noqa: PLC0415  # it loads lxml
        written_metadata,
    )

    sp = service_provider(configuration, base_url)
    formats = (configuration.name_id_format,) if configuration.name_id_format else ()
    valid_until = expiry_of(sp.signing.certificate_pem)
    return written_metadata(sp, valid_until=valid_until, name_id_formats=formats)
