"""Who somebody is at a provider of OpenID Connect."""

from __future__ import annotations

from uuid import uuid4

import pytest

from sso.oidc.models import OidcConfiguration
from sso.oidc.sign_ons.identities import external_identity


def _configuration(issuer: str) -> OidcConfiguration:
    return OidcConfiguration(id=uuid4(), name="Provider", issuer=issuer)


def test_the_same_subject_of_another_issuer_is_somebody_else() -> None:
    first, other = (
        external_identity(_configuration(f"https://{host}.example.com"), "ada", {})
        for host in ("one", "two")
    )
    assert first.digest != other.digest


@pytest.mark.parametrize(
    ("issuer", "is_open"),
    [
        ("https://gitlab.com", True),
        ("https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", True),
        ("https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0", False),
        ("https://gitlab.example.com", False),
    ],
)
def test_where_anybody_can_have_an_account_is_known(issuer: str, is_open: bool) -> None:
    assert external_identity(_configuration(issuer), "ada", {}).is_open is is_open
