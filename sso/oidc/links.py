"""What signing in and provisioning ask of OpenID Connect: its providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from sso.oidc import selectors
from sso.oidc.models import OidcConfiguration, OidcSession
from sso.oidc.services.session_tokens import tokens_of
from sso.oidc.sign_ons.sessions import session_of
from sso.provisioning.external import Provider
from sso.provisioning.models import ProviderKind
from sso.sign_in.links import SessionProvider, SignOnLink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


def sign_on_links() -> Iterator[SignOnLink]:
    """One for each configuration of the current tenant that is switched on."""
    for configuration in selectors.usable_configurations().order_by("name_key"):
        by_slug = {"slug": configuration.slug}
        yield SignOnLink(
            name=configuration.name,
            url=reverse("oidc-login", kwargs=by_slug),
            kind=ProviderKind.OIDC,
            provider_id=configuration.pk,
            link_url=reverse("oidc-link", kwargs=by_slug),
        )


def sign_out(request: HttpRequest) -> Callable[[], HttpResponse] | None:
    """What to answer after the sign-out, if a provider of ours opened the session."""
    row = session_of(request)
    if row is None:
        return None
    tokens = tokens_of(row.session_id)
    return lambda: _leave(request, row.configuration, tokens.id_token if tokens else "")


def _leave(request: HttpRequest, configuration: OidcConfiguration, id_token: str) -> HttpResponse:
    from sso.oidc.pages.leaving import leave  # noqa: PLC0415  # it loads joserfc

    return leave(request, configuration, id_token)


def providers_of_sessions(session_ids: Iterable[UUID]) -> dict[UUID, SessionProvider]:
    """Which of these sessions our providers opened."""
    rows = OidcSession.objects.filter(session__in=list(session_ids))
    found = rows.values_list("session", "configuration", "configuration__name")
    return {session_id: SessionProvider(pk, name) for session_id, pk, name in found}


def name_of(configuration_id: UUID) -> str | None:
    """What people call a provider, switched on or not; None where there is none."""
    rows = OidcConfiguration.objects.filter(pk=configuration_id)
    name: str | None = rows.values_list("name", flat=True).first()
    return name


def providers() -> Iterator[Provider]:
    """Each configuration of the current tenant as a provider, switched on or not."""
    rows = OidcConfiguration.objects.order_by("name_key")
    for pk, name, is_enabled in rows.values_list("pk", "name", "is_enabled"):
        yield Provider(ProviderKind.OIDC, pk, name, is_enabled=is_enabled)
