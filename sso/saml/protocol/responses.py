"""From what the browser posted to who signed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sso.saml.protocol import (
    assertions,
    encryption,
    messages,
    signatures,
    structure,
)
from sso.saml.protocol.names import saml
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element as Element

    from sso.saml.protocol.assertions import Context, VerifiedAssertion


class StoreUnavailable(Exception):
    """The store of what was used cannot be asked."""


class OneTimeUse(Protocol):
    """Remembers what was used, for one tenant and all its workers."""

    def use(self, key: str, *, until: datetime) -> bool:
        """Take a key, in one step: True for the first who asks, False for all others until then.

        Raises:
            StoreUnavailable: when it cannot be known. Nothing is taken for new then.
        """


@dataclass(frozen=True, slots=True)
class _Found:
    """An assertion, and what vouches for it."""

    element: Element
    signed: frozenset[str]
    encrypted: bool


def read_response(response: Element, context: Context, store: OneTimeUse) -> VerifiedAssertion:
    """Read a response that was posted to the assertion consumer service.

    Args:
        response: as ``bindings.from_form`` reads it; it stays as it came.
        context: the identity provider that was asked, this service provider, what is expected, and
            the time.
        store: takes the assertion's ID, so that it is used once.

    Raises:
        SamlError: for the first rule that is broken. Nothing of the response may be used then.
    """
    structure.check_response(response)
    found = _verified_assertion(response, context)
    structure.check_assertion(found.element)
    sign_on = assertions.read_assertion(
        found.element, context, signed=found.signed, encrypted=found.encrypted
    )
    use_once(store, sign_on.issuer, sign_on.assertion_id, until=sign_on.expires)
    return sign_on


def use_once(store: OneTimeUse, issuer: str, message_id: str, *, until: datetime) -> None:
    """Refuse a message that was used before, or when nobody knows."""
    try:
        first = store.use(f"{issuer} {message_id}", until=until)
    except StoreUnavailable:
        raise SamlError(
            Rule.STORE_UNAVAILABLE, "It cannot be known whether the message was used before."
        ) from None
    if not first:
        raise SamlError(Rule.REPLAY, f"The message {message_id} was used before.")


def _check_response(response: Element, context: Context) -> None:
    """The rules about the response itself: unsigned, it proves nothing, but must not be wrong."""
    assertions.check_issuer(response, context.idp)
    messages.check_destination(response, context.sp.acs_url, required=True)
    messages.check_status(response)
    assertions.check_in_response_to(response.get("InResponseTo"), context.expected, "The response")
    messages.check_issued(response, context.now)


def _verified_assertion(response: Element, context: Context) -> _Found:
    """The assertion as it was signed: by itself, within the response, or both."""
    whole, signed = _verified_response(response, context)
    _check_response(whole, context)
    found = structure.assertion_of(whole)
    if found.tag == saml("EncryptedAssertion"):
        plain = encryption.decrypted(found, context.sp.decryption, authenticated=bool(signed))
        return _signed_assertion(plain, plain, signed, context, encrypted=True)
    if context.expected.encrypted:
        raise SamlError(Rule.NOT_ENCRYPTED, "The assertion is not encrypted, but must be.")
    # Its own signature is looked at where it was made: the response's may have left namespaces out.
    original = structure.assertion_of(response)
    return _signed_assertion(original, found, signed, context, encrypted=False)


def _verified_response(response: Element, context: Context) -> tuple[Element, frozenset[str]]:
    """The response as it was signed; unsigned, it is what came, and proves nothing."""
    if signatures.is_signed(response):
        return signatures.verified(response, context.idp.certificates), frozenset({"response"})
    if context.expected.signed_response:
        raise SamlError(Rule.RESPONSE_UNSIGNED, "The response is not signed, but must be.")
    return response, frozenset()


def _signed_assertion(
    original: Element,
    covered: Element,
    signed: frozenset[str],
    context: Context,
    *,
    encrypted: bool,
) -> _Found:
    """Verify the assertion's own signature where it has one; without one the response's must do."""
    structure.check_assertion(original)
    if signatures.is_signed(original):
        own = signatures.verified(original, context.idp.certificates)
        return _Found(own, signed | {"assertion"}, encrypted)
    if context.expected.signed_assertion:
        raise SamlError(Rule.ASSERTION_UNSIGNED, "The assertion is not signed, but must be.")
    if not signed:
        raise SamlError(Rule.UNSIGNED, "Neither the response nor the assertion is signed.")
    return _Found(covered, signed, encrypted)
