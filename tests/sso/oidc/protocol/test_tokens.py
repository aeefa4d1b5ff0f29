"""Where the client's secret stands when tokens are asked for: in one place alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sso.oidc.protocol.discovery import ProviderMetadata
from sso.oidc.protocol.requests import Client
from sso.oidc.protocol.tokens import code_request

if TYPE_CHECKING:
    from sso.oidc.protocol.tokens import TokenRequest

_AT = "https://sso.example.com"


def _request(secret: str, *, uses_basic_auth: bool, posts_secret: bool) -> TokenRequest:
    provider = ProviderMetadata(_AT, _AT, _AT, _AT, uses_basic_auth=uses_basic_auth)
    client = Client("platform", f"{_AT}/callback/", secret, posts_secret=posts_secret)
    return code_request(provider, client, code="code", code_verifier="verifier")


@pytest.mark.parametrize(
    ("uses_basic_auth", "posts_secret", "in_form"),
    [(True, False, False), (False, False, True), (True, True, True), (False, True, True)],
)
def test_the_secret_stands_where_provider_and_client_have_it(
    uses_basic_auth: bool, posts_secret: bool, in_form: bool
) -> None:
    made = _request("hidden", uses_basic_auth=uses_basic_auth, posts_secret=posts_secret)
    assert ("client_secret" in made.form) is in_form
    assert ("Authorization" in made.headers) is not in_form


def test_a_client_without_one_names_itself_and_has_the_verifier() -> None:
    made = _request("", uses_basic_auth=True, posts_secret=False)
    assert (made.form["client_id"], made.headers) == ("platform", {})
    assert made.form["code_verifier"] == "verifier"
