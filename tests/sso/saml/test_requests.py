"""Requests that browsers take along: what answers one is never taken for an answer to another."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from sso.federation.protocols import Purpose
from sso.saml.models import SamlConfiguration, SamlRequest
from sso.saml.services.configurations import create_configuration
from sso.saml.sign_ons.requests import remember_request, secret_for_logout, take_request
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant

_SECRET, _ID = "s" * 43, "_r1"


@pytest.fixture
def okta(in_scope: Tenant) -> SamlConfiguration:
    """A configuration."""
    del in_scope
    return create_configuration(name="Okta", slug="okta", actor=ACTOR)


def _is_found_by_the_first_release() -> bool:
    """Whether workers find it that know of sign-ons alone, and sign on by whatever they find."""
    digest = hashlib.sha256(f"{_SECRET} {_ID}".encode()).hexdigest()
    return SamlRequest.objects.filter(digest=digest).exists()


@pytest.mark.parametrize("purpose", ["tested_in", "linked_in"])
def test_a_worker_that_knows_no_tests_and_links_does_not_find_them(
    okta: SamlConfiguration, purpose: str
) -> None:
    session = uuid4()
    asked: dict[str, Any] = {purpose: session}
    remember_request(okta, secret=_SECRET, request_id=_ID, purpose=Purpose(**asked))
    assert not _is_found_by_the_first_release()
    found = take_request(okta, secret=_SECRET, request_id=_ID)
    assert found is not None
    assert getattr(found, purpose) == session
    assert take_request(okta, secret=_SECRET, request_id=_ID) is None


def test_a_sign_on_is_found_by_every_release(okta: SamlConfiguration) -> None:
    remember_request(okta, secret=_SECRET, request_id=_ID)
    assert _is_found_by_the_first_release()
    assert take_request(okta, secret=_SECRET, request_id=_ID) is not None


def test_a_logout_answers_no_sign_on(okta: SamlConfiguration) -> None:
    logout = secret_for_logout(_SECRET)
    remember_request(okta, secret=logout, request_id=_ID)
    assert take_request(okta, secret=_SECRET, request_id=_ID) is None
    assert take_request(okta, secret=logout, request_id=_ID) is not None
