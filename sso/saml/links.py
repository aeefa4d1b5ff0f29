"""What signing in and provisioning ask of SAML: its identity providers, and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from sso.provisioning.external import Provider
from sso.provisioning.models import ProviderKind
from sso.saml import selectors
from sso.saml.models import SamlConfiguration, SamlSession
from sso.saml.sign_ons.sessions import session_of
from sso.sign_in.links import SessionProvider, SignOnLink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


def sign_on_links() -> Iterator[SignOnLink]:
    """One for each configuration of the current tenant that is switched on."""
    for configuration in selectors.enabled_configurations():
        by_slug = {"slug": configuration.slug}
        yield SignOnLink(
            name=configuration.name,
            url=reverse("saml-login", kwargs=by_slug),
            kind=ProviderKind.SAML,
            provider_id=configuration.pk,
            link_url=reverse("saml-link", kwargs=by_slug),
        )


def sign_out(request: HttpRequest) -> Callable[[], HttpResponse] | None:
    """What to answer after the sign-out, if an identity provider of ours opened the session."""
    row = session_of(request)
    return None if row is None else lambda: _leave(request, row)


def _leave(request: HttpRequest, row: SamlSession) -> HttpResponse:
    from sso.saml.pages.leaving import leave  # noqa: PLC0415  # it loads lxml

    return leave(request, row)


def providers_of_sessions(session_ids: Iterable[UUID]) -> dict[UUID, SessionProvider]:
    """Which of these sessions our identity providers opened."""
    rows = SamlSession.objects.filter(session__in=list(session_ids))
    found = rows.values_list("session", "configuration", "configuration__name")
    return {session_id: SessionProvider(pk, name) for session_id, pk, name in found}


def name_of(configuration_id: UUID) -> str | None:
    """What people call an identity provider, switched on or not; None where there is none."""
    rows = SamlConfiguration.objects.filter(pk=configuration_id)
    name: str | None = rows.values_list("name", flat=True).first()
    return name


def providers() -> Iterator[Provider]:
    """Each configuration of the current tenant as a provider, switched on or not."""
    rows = SamlConfiguration.objects.order_by("name_key")
    for pk, name, is_enabled in rows.values_list("pk", "name", "is_enabled"):
        yield Provider(ProviderKind.SAML, pk, name, is_enabled=is_enabled)
