"""What sign-ons read: configurations, and the tenant as the provider's client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from iac_platform.common.encryption import unseal
from sso.oidc.models import ClientAuthentication, OidcClientSecret, OidcConfiguration, OidcRequest
from sso.oidc.protocol.requests import Client
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from django.db.models import QuerySet


def usable_configurations() -> QuerySet[OidcConfiguration]:
    """The configurations by which people can sign on."""
    return _complete().filter(is_enabled=True)


def configuration_by_slug(slug: str) -> OidcConfiguration | None:
    """The enabled configuration that addresses call so."""
    return usable_configurations().filter(slug=slug).first()


def configuration_under_test(slug: str) -> OidcConfiguration | None:
    """The configuration that addresses call so, enabled or not, if an admin tests it now."""
    tests = OidcRequest.objects.filter(
        configuration_id=OuterRef("pk"), tested_in__isnull=False, expires_at__gt=timezone.now()
    )
    return _complete().filter(Exists(tests), slug=slug).first()


def _complete() -> QuerySet[OidcConfiguration]:
    """Those that have what they need; an imported one has no secret until it is given again."""
    secrets = OidcClientSecret.objects.filter(configuration_id=OuterRef("pk"))
    needs_none = Q(client_authentication=ClientAuthentication.NONE)
    return OidcConfiguration.objects.filter(needs_none | Exists(secrets))


def redirect_uri(slug: str, base_url: str) -> str:
    """Where browsers bring the provider's responses: its own address for each configuration."""
    return f"{base_url}/sso/oidc/{slug}/callback/"


def logout_uris(slug: str, base_url: str) -> dict[str, str]:
    """What a provider is given for logouts, by the names of its client metadata."""
    at = f"{base_url}/sso/oidc/{slug}"
    return {
        "post_logout_redirect_uri": f"{at}/signed-out/",
        "backchannel_logout_uri": f"{at}/backchannel-logout/",
        "frontchannel_logout_uri": f"{at}/frontchannel-logout/",
    }


def client(configuration: OidcConfiguration, base_url: str = "") -> Client:
    """The tenant as the client that the provider knows, with its secret opened.

    Args:
        configuration: whose client it is.
        base_url: of the tenant; not needed where no browser comes back.

    Raises:
        OidcError: it has none, and needs one.
    """
    authentication = configuration.client_authentication
    return Client(
        configuration.client_id,
        redirect_uri(configuration.slug, base_url),
        _secret(configuration),
        posts_secret=authentication == ClientAuthentication.CLIENT_SECRET_POST,
    )


def _secret(configuration: OidcConfiguration) -> str:
    if configuration.client_authentication == ClientAuthentication.NONE:
        return ""
    row = OidcClientSecret.objects.filter(configuration=configuration).first()
    if row is None:
        raise OidcError(Rule.CLIENT_SECRET, "The configuration has no client secret.")
    return unseal(row.secret, row=row, column="secret")
