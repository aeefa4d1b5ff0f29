"""The other ways to sign in that a tenant's login page shows beside the password."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from iac_platform.common.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class SignOnLink(NamedTuple):
    """A way to sign in by an identity provider.

    Attributes:
        name: what people call it.
        url: where it begins, on this host; it takes ``next``.
    """

    name: str
    url: str


# By protocol. They are the tenant's, whoever asks: nobody has signed in yet.
SIGN_ON_LINKS: Hooks[Callable[[], Iterable[SignOnLink]]] = Hooks("ways to sign on")


def sign_on_links() -> list[SignOnLink]:
    """The ways to sign in by identity providers that the current tenant has."""
    return [link for links in SIGN_ON_LINKS.all().values() for link in links()]
