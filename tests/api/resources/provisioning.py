"""What the suites know of mappings: valid requests, and who may send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from iac_platform.common.audit import SystemActor
from sso.provisioning.models import ProviderMapping
from sso.provisioning.services.mappings import create_mapping, delete_mapping, update_mapping
from tests.api.resources.saml import configured
from tests.api.sample import Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture

_ACTOR = SystemActor("tests")


def make(fixture: Fixture) -> dict[str, Any]:
    """A provider with a mapping, and one without."""
    provider = configured("Mapped", fixture)
    mapping = create_mapping(provider_kind="saml", provider_id=provider.pk, actor=_ACTOR)
    return {"provider_mapping": mapping, "unmapped_provider": configured("Unmapped", fixture)}


def more_mappings(fixture: Fixture, count: int) -> None:
    """Mappings of further providers."""
    ProviderMapping.objects.bulk_create(
        ProviderMapping(provider_kind="saml", provider_id=uuid4(), author=fixture.owner)
        for _ in range(count)
    )


_MAPPING = address_of("provider_mapping")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
sso/provider-mappings/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
sso/provider-mappings/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    PATCH  -     200 403 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
"""

SAMPLES = {
    "GET /api/v1/sso/provider-mappings/": Sample(fill=more_mappings),
    "POST /api/v1/sso/provider-mappings/": Sample(
        201,
        body=lambda fixture: {
            "provider_kind": "saml",
            "provider_id": str(fixture.more["unmapped_provider"].pk),
            "role_sync": "add",
            "groups_attribute": "groups",
            "group_roles": [{"group": "Engineers", "role": "viewer"}],
        },
        references=("provider_id",),
    ),
    "GET /api/v1/sso/provider-mappings/{pk}/": Sample(address=_MAPPING),
    "PATCH /api/v1/sso/provider-mappings/{pk}/": Sample(
        address=_MAPPING, body=lambda _: {"email_attribute": "mail"}
    ),
    "DELETE /api/v1/sso/provider-mappings/{pk}/": Sample(204, address=_MAPPING),
}

# Every service with an actor; and those that compare revisions.
SERVICES = {
    "mappings.create_mapping": lambda it, who: create_mapping(
        provider_kind="saml", provider_id=it["unmapped_provider"].pk, actor=who
    ),
    "mappings.update_mapping": lambda it, who: update_mapping(
        it["provider_mapping"], actor=who, changes={"email_attribute": "mail"}
    ),
    "mappings.delete_mapping": lambda it, who: delete_mapping(it["provider_mapping"], actor=who),
}
REVISED_SERVICES = {
    "mappings.update_mapping": (
        "provider_mapping",
        lambda it, seen: update_mapping(
            it, actor=_ACTOR, changes={"email_attribute": "mail"}, revision=seen
        ),
    ),
    "mappings.delete_mapping": (
        "provider_mapping",
        lambda it, seen: delete_mapping(it, actor=_ACTOR, revision=seen),
    ),
}

# The admin: who may view, add, change and delete; how its forms are filled in; its filters.
_WRITERS = frozenset({"admin", "operator"})
ADMIN_RIGHTS = {
    "provisioning.providermapping": (
        _WRITERS | {"enterprise-architect"},
        _WRITERS,
        _WRITERS,
        _WRITERS,
    )
}
ADMIN_FORMS: dict[str, Any] = {
    "provisioning_providermapping_add": lambda fixture: {
        "provider": f"saml {fixture.more['unmapped_provider'].pk}"
    },
    "provisioning_providermapping_change": {"email_attribute": "mail"},
    "provisioning_providermapping_delete": {},
}
ADMIN_FILTERS: dict[str, set[str]] = {"provisioning.providermapping": set()}
