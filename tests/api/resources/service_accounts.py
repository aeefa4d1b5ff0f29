"""Requests about service accounts, and about replacing and ending tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.models import ApiToken, User, UserKind
from tests.api.sample import Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture


def more_accounts(fixture: Fixture, count: int) -> None:
    """Service accounts that the fixture's owner answers for."""
    User.objects.bulk_create(
        User(
            username=f"robot-{number}",
            password="!",
            kind=UserKind.SERVICE,
            owner=fixture.owner,
        )
        for number in range(count)
    )


def more_tokens(fixture: Fixture, count: int) -> None:
    """Tokens of the fixture's service account."""
    ApiToken.objects.bulk_create(
        ApiToken(user=fixture.account, name=f"job {number}", prefix="iac", digest=f"job {number}")
        for number in range(count)
    )


_ACCOUNT = address_of("account")
_TOKENS = address_of("account", "account")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
tokens/{pk}/rotate/
    POST   -     201 404 404 404 404 404 404 404 404 401 201
tokens/revoke/
    POST   -     204 204 204 204 204 204 204 204 204 204 204
service-accounts/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
service-accounts/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    PATCH  -     200 404 404 404 404 404 404 404 404 401 200
service-accounts/{account}/tokens/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    POST   -     201 404 404 404 404 404 404 404 404 401 201
"""

SAMPLES = {
    "GET /api/v1/service-accounts/": Sample(
        filters={
            "username": lambda fixture: fixture.account.username,
            "is_active": "true",
            "orphaned": "false",
        },
        fill=more_accounts,
    ),
    "POST /api/v1/service-accounts/": Sample(
        201,
        body=lambda fixture: {
            "username": "deployments",
            "description": "Deploys at night",
            "owner": str(fixture.owner.pk),
            "roles": ["viewer"],
        },
        references=("owner",),
    ),
    "GET /api/v1/service-accounts/{pk}/": Sample(address=_ACCOUNT),
    "PATCH /api/v1/service-accounts/{pk}/": Sample(
        address=_ACCOUNT, body=lambda _: {"description": "Deploys by day"}
    ),
    "GET /api/v1/service-accounts/{account}/tokens/": Sample(address=_TOKENS, fill=more_tokens),
    "POST /api/v1/service-accounts/{account}/tokens/": Sample(
        201,
        address=_TOKENS,
        body=lambda _: {
            "name": "nightly",
            "scopes": ["blueprint.view"],
            "networks": ["192.0.2.0/24"],
        },
    ),
    "POST /api/v1/tokens/{pk}/rotate/": Sample(
        201,
        address=address_of("account_token"),
        body=lambda _: {"grace_period_seconds": 60},
    ),
    "POST /api/v1/tokens/revoke/": Sample(
        204, public=True, body=lambda fixture: {"token": fixture.secret}
    ),
}
