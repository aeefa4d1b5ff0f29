"""Reading in tests: what is expected, a store, and refusals beside their valid twins."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from sso.saml.protocol import bindings
from sso.saml.protocol.assertions import Context, Expected, VerifiedAssertion
from sso.saml.protocol.responses import read_response
from sso.saml.protocol.rules import Rule, SamlError
from tests.sso.saml.protocol import drafts

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element as Element

    from sso.saml.protocol.parties import IdentityProvider, ServiceProvider
    from sso.saml.protocol.responses import OneTimeUse


class Store:
    """Remembers in this process, one step at a time."""

    def __init__(self) -> None:
        self.used: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def use(self, key: str, *, until: datetime) -> bool:
        with self._lock:
            if key in self.used:
                return False
            self.used[key] = until
            return True


def context(
    *,
    idp: IdentityProvider | None = None,
    sp: ServiceProvider | None = None,
    now: datetime = drafts.NOW,
    **expected: Any,
) -> Context:
    """What responses of the tests are held against."""
    expected.setdefault("request_id", drafts.REQUEST_ID)
    return Context(idp or drafts.idp(), sp or drafts.sp(), Expected(**expected), now)


def read_posted(encoded: str, held: Context, store: OneTimeUse) -> VerifiedAssertion:
    """Read what a form posted."""
    return read_response(bindings.from_form(encoded).root, held, store)


def read(
    message: Element | bytes | str, store: Store | None = None, **given: Any
) -> VerifiedAssertion:
    """Read a response as the assertion consumer service does."""
    return read_posted(drafts.posted(message), context(**given), store or Store())


def refusal(message: Element | bytes | str, **given: Any) -> SamlError:
    """How a response is refused."""
    with pytest.raises(SamlError) as caught:
        read(message, **given)
    assert caught.value.reason
    return caught.value


def rule_of(message: Element | bytes | str, **given: Any) -> Rule:
    """By which rule a response is refused."""
    return refusal(message, **given).rule
