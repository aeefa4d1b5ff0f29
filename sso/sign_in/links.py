"""Signing in and out by identity providers, without knowing any: what protocols add to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from iac_platform.common.hooks import Hook, Hooks
from iac_platform.common.host_names import to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


class SignOnLink(NamedTuple):
    """A way to sign in by an identity provider.

    Attributes:
        name: what people call it.
        url: where it begins, on this host; it takes ``next``.
        link_url: where somebody who has signed in begins to link it to themselves, by POST.
        kind: the provider's protocol.
        provider_id: of its configuration.
    """

    name: str
    url: str
    kind: str
    provider_id: UUID
    link_url: str


# By protocol. They are the tenant's, whoever asks: nobody has signed in yet.
SIGN_ON_LINKS: Hooks[Callable[[], Iterable[SignOnLink]]] = Hooks("ways to sign on")
# The tenant's verified e-mail domains, each with the id of the provider that it leads to.
PROVIDERS_OF_DOMAINS: Hook[Callable[[], Mapping[str, UUID]]] = Hook("providers of e-mail domains")
# By protocol. Asked while the session is there: what to answer after it has ended, to end that of
# the identity provider as well; None for a session that is not the protocol's.
SIGN_OUTS: Hooks[Callable[[HttpRequest], Callable[[], HttpResponse] | None]] = Hooks(
    "ways to sign out"
)


class SessionProvider(NamedTuple):
    """The identity provider that opened a session: its configuration, and what people call it."""

    provider_id: UUID
    name: str


# By protocol: which of these sessions its identity providers opened.
PROVIDERS_OF_SESSIONS: Hooks[Callable[[Iterable[UUID]], Mapping[UUID, SessionProvider]]] = Hooks(
    "providers of sessions"
)


def sign_on_links() -> list[SignOnLink]:
    """The ways to sign in by identity providers that the current tenant has."""
    return [link for links in SIGN_ON_LINKS.all().values() for link in links()]


def links_by_domain(links: Iterable[SignOnLink]) -> dict[str, SignOnLink]:
    """Those of these ways that a verified e-mail domain of the tenant leads to, by the domain."""
    known = {link.provider_id: link for link in links}
    if not known:
        return {}
    led = PROVIDERS_OF_DOMAINS.get()()
    return {domain: known[each] for domain, each in led.items() if each in known}


def domain_of(address: str) -> str:
    """The domain of an e-mail address, as DNS has it; nothing where it is no address."""
    _, _, domain = address.strip().rpartition("@")
    try:
        return to_ascii(domain) if "@" in address else ""
    except ValueError:
        return ""


def sign_outs(request: HttpRequest) -> list[Callable[[], HttpResponse]]:
    """What to answer once the browser's session has ended; of several, the first."""
    asked = (ask(request) for ask in SIGN_OUTS.all().values())
    return [answer for answer in asked if answer is not None]


def providers_of_sessions(session_ids: Iterable[UUID]) -> dict[UUID, SessionProvider]:
    """The identity providers that opened these sessions; those by password have none."""
    ids = list(session_ids)
    return {
        session_id: provider
        for opened in PROVIDERS_OF_SESSIONS.all().values()
        for session_id, provider in opened(ids).items()
    }
