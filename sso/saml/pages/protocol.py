"""SAML as a protocol of sign-on, and where its sign-ons begin."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from sso.federation.addresses import base_url
from sso.federation.linking import begin_link
from sso.federation.login import begin_sign_on
from sso.federation.protocols import SignOnProtocol
from sso.saml import selectors
from sso.saml.models.sign_on import MAX_RELAY_STATE
from sso.saml.pages.browsers import COOKIE
from sso.saml.pages.sending import sent, sent_by_page
from sso.saml.permissions import UPDATE_SAML_CONFIGURATION
from sso.saml.protocol.requests import RequestOptions, authentication_request
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.sign_ons.identities import provider_of
from sso.saml.sign_ons.requests import remember_request
from sso.saml.sign_ons.sessions import lock_unchanged

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from sso.federation.protocols import Purpose
    from sso.provisioning.external import Provider
    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.bindings import Outgoing


class SamlProtocol(SignOnProtocol):
    """See ``sso.federation.protocols``."""

    cookie = COOKIE
    login_attempts = "saml-request"
    max_next_page = MAX_RELAY_STATE
    update_permission = UPDATE_SAML_CONFIGURATION

    def enabled_configuration(self, slug: str) -> SamlConfiguration | None:
        """One that has no key is none."""
        return selectors.configuration_by_slug(slug)

    def configuration_under_test(self, slug: str) -> SamlConfiguration | None:
        """Likewise."""
        return selectors.configuration_under_test(slug)

    def provider_of(self, configuration: SamlConfiguration) -> Provider:
        """By the configuration's preset."""
        return provider_of(configuration)

    def unsolicited(self, reason: str) -> SamlError:
        """By its own rule."""
        return SamlError(Rule.UNSOLICITED, reason)

    def lock_unchanged(self, configuration: SamlConfiguration) -> None:
        """See ``sign_ons.sessions``."""
        lock_unchanged(configuration)

    def send(
        self, request: HttpRequest, configuration: SamlConfiguration, secret: str, purpose: Purpose
    ) -> HttpResponse:
        """Send it with an AuthnRequest: by its binding, or as the answer to a form."""
        is_link = purpose.linked_in is not None
        outgoing = _request(configuration, base_url(request), force_authn=is_link)
        remember_request(
            configuration, secret=secret, request_id=outgoing.message_id, purpose=purpose
        )
        send = sent if purpose.is_sign_on else sent_by_page
        return send(request, configuration, outgoing)


def _request(configuration: SamlConfiguration, base: str, *, force_authn: bool) -> Outgoing:
    """A request for a sign-on, on its way.

    Args:
        configuration: of whose identity provider.
        base: what the tenant's own addresses begin with.
        force_authn: whether to have people prove who they are, whatever the configuration says.
    """
    options = _options_of(configuration)
    return authentication_request(
        selectors.service_provider(configuration, base),
        selectors.identity_provider(configuration),
        now=timezone.now(),
        options=replace(options, force_authn=options.force_authn or force_authn),
    )


def _options_of(configuration: SamlConfiguration) -> RequestOptions:
    """What a configuration asks of its identity provider."""
    return RequestOptions(
        force_authn=configuration.force_authn,
        name_id_format=configuration.name_id_format,
        authentication_contexts=tuple(configuration.authentication_contexts),
        prefer_post=configuration.prefers_post,
    )


SAML: Final = SamlProtocol()
login = partial(begin_sign_on, SAML)
link = partial(begin_link, SAML)
