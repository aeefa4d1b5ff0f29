"""Sign-ons at the same moment, on connections of their own, with everything committed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from rbac.models import User
from sso.provisioning.models import Identity
from sso.saml.models import SamlRequest, SamlSession
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.sso.saml.visitors import COOKIE, Idp, Visitor, configure, events
from tests.tenants.moves.test_fenced_requests import fenced

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

_TIMES = 6


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def here(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    """A tenant whose rows are committed."""
    return committed_tenants(request.param)


def at_once(action: Callable[[], Any]) -> list[Any]:
    """Do it several times at the same moment."""
    ready, outcomes = threading.Barrier(_TIMES), []

    def run() -> None:
        ready.wait(timeout=60)
        try:
            outcomes.append(action())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(_TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_one_response_that_comes_several_times_at_once_one_is_taken(here: Tenant) -> None:
    configure(here, allows_idp_initiated=True)
    response = Idp(here).response(None)
    statuses = at_once(lambda: Visitor(here).bring(response).status_code)
    assert sorted(statuses) == [302, *[403] * (_TIMES - 1)]
    with tenant_scope(here):
        assert Session.objects.count() == SamlSession.objects.count() == 1
    codes = [event.code for event in events(here)]
    assert sorted(codes) == ["", *["used-before"] * (_TIMES - 1)]


def test_of_one_request_that_is_answered_several_times_at_once_one_answer_is_taken(
    here: Tenant,
) -> None:
    configure(here)
    browser = Visitor(here)
    request_id = browser.begin()

    def answer() -> int:
        copy = Visitor(here)
        copy.cookies[COOKIE] = browser.cookies[COOKIE].value
        return int(copy.bring(Idp(here).response(request_id)).status_code)

    assert sorted(at_once(answer)) == [302, *[403] * (_TIMES - 1)]


def test_somebody_new_in_several_browsers_at_once_is_one_user(here: Tenant) -> None:
    configure(here, allows_idp_initiated=True)
    statuses = at_once(lambda: Visitor(here).bring(Idp(here).response(None)).status_code)
    assert statuses == [302] * _TIMES
    with tenant_scope(here):
        assert User.objects.filter(username="ada@example.com").count() == 1
        assert Identity.objects.count() == 1
        assert Session.objects.count() == _TIMES


def test_where_nothing_can_be_written_nobody_signs_on(here: Tenant) -> None:
    configure(here, allows_idp_initiated=True)
    browser, response = Visitor(here), Idp(here).response(None)
    with fenced(here):
        begun, brought = browser.get("/sso/saml/okta/login/"), browser.bring(response)
    assert (begun.status_code, brought.status_code) == (503, 503)
    with tenant_scope(here):
        assert not SamlRequest.objects.exists()
        assert not Session.objects.exists()
    assert browser.bring(response).status_code == 302
