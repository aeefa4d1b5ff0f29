"""From what the browser posted to who signed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sso.saml.protocol import (
    assertions,
    bindings,
    encryption,
    messages,
    signatures,
    structure,
)
from sso.saml.protocol.names import saml, samlp
from sso.saml.protocol.rules import Refused, Rule

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element as Element

    from sso.saml.protocol.assertions import Context, SignOn


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


def read_response(encoded: str, context: Context, store: OneTimeUse) -> SignOn:
    """Read the value of ``SAMLResponse`` that was posted to the assertion consumer service.

    Args:
        encoded: as posted, in base64.
        context: the identity provider that was asked, this service provider, what is expected, and
            the time.
        store: takes the assertion's ID, so that it is used once.

    Raises:
        Refused: for the first rule that is broken. Nothing of the response may be used then.
    """
    response = bindings.from_form(encoded).root
    structure.check_message(response, samlp("Response"))
    _check_response(response, context)
    found = _verified_assertion(response, context)
    structure.check_assertion(found.element)
    structure.refuse_encrypted_content(found.element, allowed=saml("EncryptedID"))
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
        raise Refused(
            Rule.STORE_UNAVAILABLE, "It cannot be known whether the message was used before."
        ) from None
    if not first:
        raise Refused(Rule.REPLAY, f"The message {message_id} was used before.")


def _check_response(response: Element, context: Context) -> None:
    """The rules about the response itself: unsigned, it proves nothing, but must not be wrong."""
    assertions.check_issuer(response, context.idp)
    messages.check_destination(response, context.sp.acs_url, required=True)
    messages.check_status(response)
    assertions.check_in_response_to(response.get("InResponseTo"), context.expected, "The response")
    messages.check_issued(response, context.now)


def _verified_assertion(response: Element, context: Context) -> _Found:
    """The assertion as it was signed: by itself, within the response, or both."""
    assertion = structure.check_response(response)
    signed = frozenset[str]()
    if signatures.is_signed(response):
        whole = signatures.verified(response, context.idp.certificates)
        covered = structure.check_response(whole)
        signed = frozenset({"response"})
    else:
        covered = assertion
    if context.expected.signed_response and not signed:
        raise Refused(
            Rule.RESPONSE_UNSIGNED, "The response is not signed, as this configuration asks."
        )
    encrypted = assertion.tag == saml("EncryptedAssertion")
    if encrypted:
        keys = context.sp.decryption
        assertion = covered = encryption.decrypted(covered, keys, authenticated=bool(signed))
        structure.check_assertion(assertion)
    elif context.expected.encrypted:
        raise Refused(
            Rule.NOT_ENCRYPTED, "The assertion is not encrypted, as this configuration asks."
        )
    return _signed_assertion(assertion, covered, signed, context, encrypted=encrypted)


def _signed_assertion(
    assertion: Element,
    covered: Element,
    signed: frozenset[str],
    context: Context,
    *,
    encrypted: bool,
) -> _Found:
    """Verify the assertion's own signature where it has one; without one the response's must do."""
    if signatures.is_signed(assertion):
        own = signatures.verified(assertion, context.idp.certificates)
        return _Found(own, signed | {"assertion"}, encrypted)
    if context.expected.signed_assertion:
        raise Refused(
            Rule.ASSERTION_UNSIGNED, "The assertion is not signed, as this configuration asks."
        )
    if not signed:
        raise Refused(Rule.UNSIGNED, "Neither the response nor the assertion is signed.")
    return _Found(covered, signed, encrypted)
