"""What the suites know of OpenID Connect configurations: valid requests, and who may send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.audit import SystemActor
from sso.oidc.models import OidcConfiguration
from sso.oidc.services.configurations import (
    create_oidc_configuration,
    delete_oidc_configuration,
    update_oidc_configuration,
)
from tests.api.sample import Sample, address_of
from tests.sso.oidc.published import issuer

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture

_ACTOR = SystemActor("tests")
ISSUER = "https://sso.example.com/realms/main"


def make(fixture: Fixture) -> dict[str, Any]:
    """A configuration with a secret, of a provider that is there."""
    configuration = create_oidc_configuration(
        name=f"Oidc of {fixture.owner.username}",
        slug=f"of-{fixture.owner.pk.hex[:12]}",
        issuer=issuer(),
        client_id="platform",
        client_secret="only-for-tests",
        actor=_ACTOR,
    )
    return {"oidc_configuration": configuration}


def more_configurations(fixture: Fixture, count: int) -> None:
    """Configurations of the fixture's owner."""
    OidcConfiguration.objects.bulk_create(
        OidcConfiguration(
            name=f"More {n}",
            slug=f"more-{n}",
            issuer=ISSUER,
            client_id="platform",
            created_by=fixture.owner,
        )
        for n in range(count)
    )


_CONFIGURATION = address_of("oidc_configuration")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
sso/oidc/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
sso/oidc/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    PATCH  -     200 403 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
"""

SAMPLES = {
    "GET /api/v1/sso/oidc/": Sample(fill=more_configurations),
    "POST /api/v1/sso/oidc/": Sample(
        201,
        body=lambda _: {
            "name": "Keycloak",
            "slug": "keycloak",
            "preset": "keycloak",
            "issuer": ISSUER,
            "client_id": "platform",
            "client_secret": "only-for-tests",
        },
    ),
    "GET /api/v1/sso/oidc/{pk}/": Sample(address=_CONFIGURATION),
    "PATCH /api/v1/sso/oidc/{pk}/": Sample(
        address=_CONFIGURATION, body=lambda _: {"signing_algorithm": "ES256"}
    ),
    "DELETE /api/v1/sso/oidc/{pk}/": Sample(204, address=_CONFIGURATION),
}

# Every service with an actor; and those that compare revisions.
SERVICES = {
    "configurations.create_oidc_configuration": lambda _, who: create_oidc_configuration(
        name="Keycloak", slug="keycloak", issuer=ISSUER, client_id="platform", actor=who
    ),
    "configurations.update_oidc_configuration": lambda it, who: update_oidc_configuration(
        it["oidc_configuration"], actor=who, changes={"name": "Renamed"}
    ),
    "configurations.delete_oidc_configuration": lambda it, who: delete_oidc_configuration(
        it["oidc_configuration"], actor=who
    ),
}
REVISED_SERVICES = {
    "configurations.update_oidc_configuration": (
        "oidc_configuration",
        lambda it, seen: update_oidc_configuration(
            it, actor=_ACTOR, changes={"name": "Renamed"}, revision=seen
        ),
    ),
    "configurations.delete_oidc_configuration": (
        "oidc_configuration",
        lambda it, seen: delete_oidc_configuration(it, actor=_ACTOR, revision=seen),
    ),
}

# The admin: who may view, add, change and delete; how its forms are filled in; its filters.
_WRITERS = frozenset({"admin", "operator"})
ADMIN_RIGHTS = {
    "oidc.oidcconfiguration": (
        _WRITERS | {"enterprise-architect"},
        _WRITERS,
        _WRITERS,
        _WRITERS,
    )
}
ADMIN_FORMS = {
    "oidc_oidcconfiguration_add": {
        "name": "Keycloak",
        "slug": "keycloak",
        "preset": "keycloak",
        "issuer": ISSUER,
        "client_id": "platform",
        "client_authentication": "client_secret",
        "scopes": "openid,email",
        "signing_algorithm": "RS256",
    },
    "oidc_oidcconfiguration_change": {"name": "Renamed"},
    "oidc_oidcconfiguration_delete": {},
    "oidc_oidcconfiguration_test": {},
}
ADMIN_FILTERS: dict[str, set[str]] = {
    "oidc.oidcconfiguration": {
        f"{name}__{lookup}" for name in ("is_enabled", "preset") for lookup in ("exact", "isnull")
    }
}
