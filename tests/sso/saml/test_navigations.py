"""What another page can have a browser load locks nobody out; what people open goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sso.saml.models import SamlRequest
from tenants.context import tenant_scope
from tests.sso.saml.visitors import Idp, Visitor, configure, events

if TYPE_CHECKING:
    from tenants.models import Tenant

_NAVIGATED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
_FRAME = {**_NAVIGATED, "Sec-Fetch-Dest": "iframe"}
_LOADED = {
    "an image": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    "a fetch": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"},
    "a fetch with CORS": {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    "an object": {**_NAVIGATED, "Sec-Fetch-Dest": "object"},
    "a prefetch": {**_NAVIGATED, "Sec-Purpose": "prefetch;prerender"},
}
_PAGES = ["GET login", "POST acs", "GET slo", "POST slo"]


@pytest.fixture(autouse=True)
def _few_tries(monkeypatch: pytest.MonkeyPatch, tenant: Tenant) -> None:
    monkeypatch.setattr("rbac.attempts.TRIES_FROM_NETWORK", 2)
    configure(tenant, allows_idp_initiated=True)


@pytest.fixture
def victim(tenant: Tenant) -> Visitor:
    """The browser that another page makes use of."""
    return Visitor(tenant)


def _colleague(victim: Visitor) -> Visitor:
    """Somebody in the same network."""
    return Visitor(victim.tenant, str(victim.defaults["REMOTE_ADDR"]))


def _visit(victim: Visitor, page: str, headers: dict[str, str]) -> Any:
    method, _, name = page.partition(" ")
    data = {"SAMLResponse": "x"}
    return getattr(victim, method.lower())(f"/sso/saml/okta/{name}/", data, headers=headers)


def _locks_nobody_out(victim: Visitor) -> None:
    with tenant_scope(victim.tenant):
        assert not SamlRequest.objects.exists()
    assert not events(victim.tenant)
    colleague = _colleague(victim)
    assert colleague.sign_on().status_code == 302
    assert colleague.get("/sso/saml/okta/slo/").status_code == 403, "heard, and not a 429"
    assert events(victim.tenant)[-1].code == "unexpected-message"


@pytest.mark.parametrize("page", _PAGES)
@pytest.mark.parametrize("loaded", _LOADED)
def test_what_a_page_loads_counts_for_nothing_and_leaves_nothing(
    victim: Visitor, page: str, loaded: str
) -> None:
    for _ in range(4):
        assert _visit(victim, page, _LOADED[loaded]).status_code == 403
    _locks_nobody_out(victim)


@pytest.mark.parametrize("page", _PAGES[:2])
def test_nobody_signs_on_in_a_frame(victim: Visitor, page: str) -> None:
    for _ in range(4):
        assert _visit(victim, page, _FRAME).status_code == 403
    _locks_nobody_out(victim)


@pytest.mark.parametrize("headers", [{}, _NAVIGATED])
def test_browsers_that_navigate_sign_on(tenant: Tenant, headers: dict[str, str]) -> None:
    """Old ones do not say so."""
    visitor = Visitor(tenant)
    visitor.defaults |= {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers.items()}
    assert visitor.sign_on().status_code == 302
    assert visitor.user_id()


@pytest.mark.parametrize("headers", [{}, _NAVIGATED, _FRAME])
@pytest.mark.parametrize("page", _PAGES[2:])
def test_logouts_are_heard_in_frames_too(
    victim: Visitor, page: str, headers: dict[str, str]
) -> None:
    _visit(victim, page, headers)
    assert len(events(victim.tenant)) == 1


def test_responses_that_nobody_asked_for_lock_out_nobody_who_did(
    victim: Visitor, tenant: Tenant
) -> None:
    """A page can still have a form posted from its visitor's browser."""
    answers = [_visit(victim, "POST acs", _NAVIGATED).status_code for _ in range(3)]
    assert answers == [403, 403, 429]
    assert _colleague(victim).sign_on().status_code == 302
    assert Visitor(tenant).bring(Idp(tenant).response(None)).status_code == 302


def test_where_they_are_not_taken_they_are_not_even_counted(
    victim: Visitor, tenant: Tenant
) -> None:
    configure(tenant, "entra")
    answers = [victim.bring("x", "entra").status_code for _ in range(4)]
    assert answers == [403] * 4
    assert _colleague(victim).sign_on("entra").status_code == 302
