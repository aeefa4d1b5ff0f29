"""A response is used once: twice in a row, two at once, and when nobody can know."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sso.saml.protocol.responses import StoreUnavailable
from sso.saml.protocol.rules import Rule, SamlError
from tests.sso.saml.protocol import drafts
from tests.sso.saml.protocol.drafts import Draft, response
from tests.sso.saml.protocol.reading import Store, context, read, read_posted

if TYPE_CHECKING:
    from datetime import datetime


class DownStore:
    """A store that cannot be reached."""

    def use(self, key: str, *, until: datetime) -> bool:
        raise StoreUnavailable(f"{key} until {until}")


def test_the_same_response_twice_is_refused() -> None:
    store = Store()
    read(response(), store)
    with pytest.raises(SamlError) as caught:
        read(response(), store)
    assert caught.value.rule is Rule.REPLAY
    read(response(Draft(assertion_id="_assertion-2")), store)


def test_the_same_assertion_in_another_response_is_refused() -> None:
    store = Store()
    read(response(), store)
    with pytest.raises(SamlError) as caught:
        read(response(Draft(response_id="_response-2")), store)
    assert caught.value.rule is Rule.REPLAY


def test_it_is_remembered_for_as_long_as_it_would_be_taken() -> None:
    store = Store()
    sign_on = read(response(Draft(confirmed_until=drafts.at(600))), store)
    [(key, until)] = store.used.items()
    assert until == sign_on.expires == drafts.NOW + timedelta(seconds=660)
    assert key == f"{drafts.IDP_ID} _assertion-1"


def test_of_many_at_once_one_is_let_in() -> None:
    store, encoded, held = Store(), drafts.posted(response()), context()
    start = threading.Barrier(8)

    def sign_on() -> Rule | None:
        start.wait(timeout=30)
        try:
            read_posted(encoded, held, store)
        except SamlError as refused:
            return refused.rule
        return None

    with ThreadPoolExecutor(8) as pool:
        outcomes = [each.result() for each in [pool.submit(sign_on) for _ in range(8)]]
    assert sorted(outcomes, key=str) == [None, *[Rule.REPLAY] * 7]


def test_without_the_store_nobody_is_let_in() -> None:
    with pytest.raises(SamlError) as caught:
        read_posted(drafts.posted(response()), context(), DownStore())
    assert caught.value.rule is Rule.STORE_UNAVAILABLE
    read(response())
