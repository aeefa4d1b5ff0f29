"""What a tenant's own addresses begin with, as identity providers are given them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.validators import RegexValidator
from django.http.request import split_domain_port

from tenants.context import current_tenant
from tenants.selectors import origin_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}

MAX_SLUG: Final = 40
validate_slug = RegexValidator(
    r"\A[a-z0-9]+(?:-[a-z0-9]+)*\Z", "Use a-z and 0-9, with single hyphens between them."
)


def base_url(request: HttpRequest | Request) -> str:
    """What the tenant's own addresses begin with, at the scheme that was asked.

    Whoever asks may write any port into the Host header, and what is answered is signed or
    registered: on https it is the site's. Without TLS, as in development, it is the one that was
    asked.
    """
    scheme = str(request.scheme)
    _, asked = split_domain_port(request.get_host())
    port = settings.PUBLIC_PORT if scheme == "https" else asked
    own = "" if port == _DEFAULT_PORTS[scheme] else port
    return origin_of(current_tenant(), scheme=scheme, port=own)


def is_elsewhere(request: HttpRequest) -> bool:
    """Whether the browser is at another address of the tenant than the one that answers come to.

    There, it has the cookie that answers need.
    """
    return base_url(request) != f"{request.scheme}://{request.get_host()}"
