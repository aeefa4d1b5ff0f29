"""The tenant's metadata for one identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from sso.saml.models import KeyState
from sso.saml.selectors import base_url, configuration_by_slug, service_provider

if TYPE_CHECKING:
    from django.http import HttpRequest

    from sso.saml.models import SamlConfiguration

_CONTENT_TYPE = "application/samlmetadata+xml"  # SAML metadata, appendix A


@require_safe
def metadata(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer the signed metadata, to anybody: identity providers fetch them.

    Raises:
        Http404: no configuration is called so, or it is disabled.
    """
    configuration = configuration_by_slug(slug)
    if configuration is None:
        raise Http404
    document = _written(configuration, base_url(request))
    return HttpResponse(document, content_type=_CONTENT_TYPE, headers={"Cache-Control": "no-cache"})


def _written(configuration: SamlConfiguration, base_url: str) -> bytes:
    from sso.saml.protocol.service_provider_metadata import (  # noqa: PLC0415  # it loads lxml
        written_metadata,
    )

    formats = (configuration.name_id_format,) if configuration.name_id_format else ()
    return written_metadata(
        service_provider(configuration, base_url),
        valid_until=configuration.keys.get(state=KeyState.CURRENT).expires_at,
        name_id_formats=formats,
    )
