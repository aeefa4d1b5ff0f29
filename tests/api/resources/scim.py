"""What the suites know of SCIM tokens: valid requests, and who may send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.audit import SystemActor
from sso.oidc.models import OidcConfiguration
from sso.scim.models import ScimDirectory, ScimToken
from sso.scim.services.tokens import create_scim_token, revoke_scim_token, rotate_scim_token
from tests.api.sample import Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture

_ACTOR = SystemActor("tests")


def make(fixture: Fixture) -> dict[str, Any]:
    """A SCIM token of a provider."""
    provider = OidcConfiguration.objects.create(
        name=f"Scim of {fixture.owner.username}",
        slug=f"scim-{fixture.owner.pk.hex[:12]}",
        issuer="https://sso.example.com",
        client_id="platform",
        created_by=fixture.owner,
    )
    token, _ = create_scim_token(
        name="tests", provider_kind="oidc", provider_id=provider.pk, actor=_ACTOR
    )
    return {"scim_token": token, "scim_provider": provider}


def more_tokens(fixture: Fixture, count: int) -> None:
    """Tokens of the fixture's owner."""
    directory = ScimDirectory.objects.create(
        provider_kind="saml", provider_id=fixture.more["scim_provider"].pk
    )
    ScimToken.objects.bulk_create(
        ScimToken(
            name=f"More {n}",
            prefix=f"more{n}",
            digest=f"{n:064}",
            directory=directory,
            created_by=fixture.owner,
        )
        for n in range(count)
    )


_TOKEN = address_of("scim_token")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
sso/scim-tokens/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
sso/scim-tokens/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
sso/scim-tokens/{pk}/rotate/
    POST   -     201 403 404 404 404 404 404 404 404 401 201
"""

SAMPLES = {
    "GET /api/v1/sso/scim-tokens/": Sample(fill=more_tokens),
    "POST /api/v1/sso/scim-tokens/": Sample(
        201,
        body=lambda it: {
            "name": "Okta",
            "provider_kind": "oidc",
            "provider_id": str(it.more["scim_provider"].pk),
            "networks": ["192.0.2.0/24"],
            "expires_at": "2090-01-31T00:00:00Z",
        },
    ),
    "GET /api/v1/sso/scim-tokens/{pk}/": Sample(address=_TOKEN),
    "DELETE /api/v1/sso/scim-tokens/{pk}/": Sample(204, address=_TOKEN),
    "POST /api/v1/sso/scim-tokens/{pk}/rotate/": Sample(
        201, address=_TOKEN, body=lambda _: {"grace_period_seconds": 60}
    ),
}

# Every service with an actor.
SERVICES = {
    "tokens.create_scim_token": lambda it, who: create_scim_token(
        name="Okta", provider_kind="oidc", provider_id=it["scim_provider"].pk, actor=who
    ),
    "tokens.rotate_scim_token": lambda it, who: rotate_scim_token(it["scim_token"], actor=who),
    "tokens.revoke_scim_token": lambda it, who: revoke_scim_token(it["scim_token"], actor=who),
}

# The admin: who may view, add, change and delete; how its forms are filled in; its filters.
_WRITERS = frozenset({"admin", "operator"})
ADMIN_RIGHTS = {
    "scim.scimtoken": (
        _WRITERS | {"enterprise-architect"},
        _WRITERS,
        frozenset[str](),
        frozenset[str](),
    )
}
ADMIN_FORMS: dict[str, Any] = {
    "scim_scimtoken_add": lambda fixture: {
        "name": "Okta",
        "provider": f"oidc {fixture.more['scim_provider'].pk}",
    },
    "scim_scimtoken_revoke": {},
}
ADMIN_FILTERS: dict[str, set[str]] = {
    "scim.scimtoken": {
        *(f"{name}__{part}" for name in ("revoked_at", "created_at") for part in ("gte", "lt")),
        "revoked_at__isnull",
    }
}
