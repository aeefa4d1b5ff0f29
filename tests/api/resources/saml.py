"""What the suites know of SAML configurations: valid requests, and who may send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.audit import SystemActor
from sso.saml.models import SamlConfiguration
from sso.saml.services.configurations import (
    create_configuration,
    delete_configuration,
    update_configuration,
)
from sso.saml.services.keys import rotate_key
from sso.saml.services.metadata import refresh_metadata
from tests.api.sample import Sample, address_of
from tests.sso.saml.protocol.describing import metadata_document
from tests.sso.saml.published import address

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture

_ACTOR = SystemActor("tests")


def make(fixture: Fixture) -> dict[str, Any]:
    """A configuration with metadata and a key."""
    return {"saml_configuration": configured("Of", fixture)}


def configured(name: str, fixture: Fixture) -> SamlConfiguration:
    """A configuration whose metadata are as if fetched; what stands there now is newer."""
    configuration = create_configuration(
        name=f"{name} {fixture.owner.username}",
        slug=f"{name.lower()}-{fixture.owner.pk.hex[:12]}",
        metadata_xml=metadata_document().decode(),
        actor=_ACTOR,
    )
    configuration.metadata_url = address()
    configuration.save(update_fields=["metadata_url"])
    return configuration


def more_configurations(fixture: Fixture, count: int) -> None:
    """Configurations of the fixture's owner."""
    SamlConfiguration.objects.bulk_create(
        SamlConfiguration(name=f"More {n}", slug=f"more-{n}", created_by=fixture.owner)
        for n in range(count)
    )


_CONFIGURATION = address_of("saml_configuration")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
sso/saml/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
sso/saml/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    PATCH  -     200 403 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
sso/saml/{pk}/rotate-key/
    POST   -     200 403 404 404 404 404 404 404 404 401 200
sso/saml/{pk}/refresh-metadata/
    POST   -     200 403 404 404 404 404 404 404 404 401 200
"""

SAMPLES = {
    "GET /api/v1/sso/saml/": Sample(fill=more_configurations),
    "POST /api/v1/sso/saml/": Sample(
        201,
        body=lambda _: {
            "name": "Okta",
            "slug": "okta",
            "preset": "okta",
            "metadata_xml": metadata_document().decode(),
        },
    ),
    "GET /api/v1/sso/saml/{pk}/": Sample(address=_CONFIGURATION),
    "PATCH /api/v1/sso/saml/{pk}/": Sample(
        address=_CONFIGURATION, body=lambda _: {"requires_encryption": True}
    ),
    "DELETE /api/v1/sso/saml/{pk}/": Sample(204, address=_CONFIGURATION),
    "POST /api/v1/sso/saml/{pk}/rotate-key/": Sample(address=_CONFIGURATION),
    "POST /api/v1/sso/saml/{pk}/refresh-metadata/": Sample(address=_CONFIGURATION),
}

# Every service with an actor; and those that compare revisions.
SERVICES = {
    "configurations.create_configuration": lambda _, who: create_configuration(
        name="Okta", slug="okta", actor=who
    ),
    "configurations.update_configuration": lambda it, who: update_configuration(
        it["saml_configuration"], actor=who, changes={"name": "Renamed"}
    ),
    "configurations.delete_configuration": lambda it, who: delete_configuration(
        it["saml_configuration"], actor=who
    ),
    "keys.rotate_key": lambda it, who: rotate_key(it["saml_configuration"], actor=who),
    "metadata.refresh_metadata": lambda it, who: refresh_metadata(
        it["saml_configuration"], actor=who
    ),
}
REVISED_SERVICES = {
    "configurations.update_configuration": (
        "saml_configuration",
        lambda it, seen: update_configuration(
            it, actor=_ACTOR, changes={"name": "Renamed"}, revision=seen
        ),
    ),
    "configurations.delete_configuration": (
        "saml_configuration",
        lambda it, seen: delete_configuration(it, actor=_ACTOR, revision=seen),
    ),
}

# The admin: who may view, add, change and delete; how its forms are filled in; its filters.
_WRITERS = frozenset({"admin", "operator"})
ADMIN_RIGHTS = {
    "saml.samlconfiguration": (
        _WRITERS | {"enterprise-architect"},
        _WRITERS,
        _WRITERS,
        _WRITERS,
    )
}
ADMIN_FORMS = {
    "saml_samlconfiguration_add": {"name": "Okta", "slug": "okta", "preset": "okta"},
    "saml_samlconfiguration_change": {"name": "Renamed"},
    "saml_samlconfiguration_delete": {},
    "saml_samlconfiguration_refresh": {},
    "saml_samlconfiguration_rotate": {},
    "saml_samlconfiguration_test": {},
}
ADMIN_FILTERS: dict[str, set[str]] = {
    "saml.samlconfiguration": {
        f"{name}__{lookup}" for name in ("is_enabled", "preset") for lookup in ("exact", "isnull")
    }
}
