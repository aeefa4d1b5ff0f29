"""After signing in people are led to pages of the host that they are at, and nowhere else."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from sso.sign_in.pages.landing import safe_page

HOST = "acme.iac.test"


def _safe(wanted: str) -> str:
    return safe_page(RequestFactory().get("/", HTTP_HOST=HOST), wanted)


@pytest.mark.parametrize("wanted", ["/account/", "/account/sessions/?page=2"])
def test_a_page_of_the_host_is_reached(wanted: str) -> None:
    assert _safe(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "account/",
        "https://evil.example/account/",
        f"https://{HOST}/account/",
        "//evil.example/account/",
        "///evil.example/account/",
        "/\\evil.example/account/",
        "\\\\evil.example/account/",
        "/\t/evil.example/account/",
        "\x00//evil.example/account/",
        " //evil.example",
        "https:evil.example",
        "https:///evil.example",
        f"https://{HOST}@evil.example/",
        f"https://{HOST}.evil.example/",
        f"https://evil.example\\@{HOST}/",
        "https://[evil/",
        "javascript:alert(1)",
        "data:text/html,x",
        "?next=/account/",
        "/nowhere/",
        "/logout/",
        "/sso/saml/okta/acs/",
        "/sso/saml/okta/slo/",
        "/api/v1/me/",
    ],
)
def test_no_other_place_is_reached(wanted: str) -> None:
    assert _safe(wanted) == ""
