"""Asking an identity provider to sign somebody on (AuthnRequest; SAML core, section 3.4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sso.saml.protocol import bindings, messages
from sso.saml.protocol.names import POST, REDIRECT
from sso.saml.protocol.parties import endpoint_for

if TYPE_CHECKING:
    from datetime import datetime

    from sso.saml.protocol.bindings import Outgoing
    from sso.saml.protocol.parties import IdentityProvider, ServiceProvider

Comparison = Literal["exact", "minimum", "maximum", "better"]


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What a configuration asks of the identity provider beyond the sign-on itself.

    Attributes:
        force_authn: the person proves who they are even within a session.
        is_passive: the identity provider must not ask the person anything.
        name_id_format: which form of NameID is wanted; empty for the provider's own choice.
        authentication_contexts: classes of authentication to ask for, in order of preference.
        comparison: how the class that is used may relate to these.
        prefer_post: send by form rather than by redirect where both are offered.
    """

    force_authn: bool = False
    is_passive: bool = False
    name_id_format: str = ""
    authentication_contexts: tuple[str, ...] = ()
    comparison: Comparison = "exact"
    prefer_post: bool = False


_NO_OPTIONS = RequestOptions()


def authentication_request(
    sp: ServiceProvider,
    idp: IdentityProvider,
    *,
    now: datetime,
    relay_state: str = "",
    options: RequestOptions = _NO_OPTIONS,
) -> Outgoing:
    """A signed AuthnRequest, on its way.

    Keep ``message_id`` with the browser's session: only a response to it may be taken from there.

    Raises:
        SamlError: when the identity provider takes neither redirects nor forms.
    """
    preferred = (POST, REDIRECT) if options.prefer_post else (REDIRECT, POST)
    endpoint = endpoint_for(idp.sign_on, *preferred)
    request = messages.pysaml2("samlp").AuthnRequest(
        **messages.header(sp, endpoint.location, now),
        assertion_consumer_service_url=sp.acs_url,
        protocol_binding=POST,
        force_authn=_flag(options.force_authn),
        is_passive=_flag(options.is_passive),
        name_id_policy=_name_id_policy(options),
        requested_authn_context=_requested_context(options),
    )
    return bindings.send(messages.element_of(request), endpoint, relay_state, sp.signing)


def _flag(value: bool) -> str | None:
    return "true" if value else None


def _name_id_policy(options: RequestOptions) -> Any:
    return messages.pysaml2("samlp").NameIDPolicy(
        format=options.name_id_format or None, allow_create="true"
    )


def _requested_context(options: RequestOptions) -> Any:
    if not options.authentication_contexts:
        return None
    saml = messages.pysaml2("saml")
    return messages.pysaml2("samlp").RequestedAuthnContext(
        authn_context_class_ref=[
            saml.AuthnContextClassRef(text=name) for name in options.authentication_contexts
        ],
        comparison=options.comparison,
    )
