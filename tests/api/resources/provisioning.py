"""What the suites know of mappings and identities: valid requests, and who may send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.utils import timezone

from iac_platform.common.audit import SystemActor
from sso.provisioning.models import Identity, ProviderMapping
from sso.provisioning.services.identities import unlink_identity
from sso.provisioning.services.mappings import create_mapping, delete_mapping, update_mapping
from tests.api.resources.saml import configured
from tests.api.sample import Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture

_ACTOR = SystemActor("tests")


def make(fixture: Fixture) -> dict[str, Any]:
    """A provider with a mapping, and one without by which somebody signs on."""
    provider, unmapped = configured("Mapped", fixture), configured("Unmapped", fixture)
    mapping = create_mapping(provider_kind="saml", provider_id=provider.pk, actor=_ACTOR)
    identity = _identity(fixture, unmapped.pk)
    identity.save(force_insert=True)
    return {"provider_mapping": mapping, "unmapped_provider": unmapped, "identity": identity}


def _identity(fixture: Fixture, provider_id: UUID) -> Identity:
    return Identity(
        provider_kind="saml",
        provider_id=provider_id,
        subject=f"{fixture.colleague.username}@example.com",
        digest=uuid4().hex * 2,
        user=fixture.colleague,
        last_signed_in_at=timezone.now(),
    )


def more_identities(fixture: Fixture, count: int) -> None:
    """At further providers."""
    Identity.objects.bulk_create(_identity(fixture, uuid4()) for _ in range(count))


def more_mappings(fixture: Fixture, count: int) -> None:
    """Mappings of further providers."""
    ProviderMapping.objects.bulk_create(
        ProviderMapping(provider_kind="saml", provider_id=uuid4(), author=fixture.owner)
        for _ in range(count)
    )


_MAPPING, _IDENTITY = address_of("provider_mapping"), address_of("identity")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
sso/provider-mappings/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
sso/provider-mappings/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    PATCH  -     200 403 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
sso/identities/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
sso/identities/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
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
    "GET /api/v1/sso/identities/": Sample(
        filters={
            "user": lambda fixture: fixture.colleague.pk,
            "provider_kind": "saml",
            "provider_id": lambda fixture: fixture.more["unmapped_provider"].pk,
        },
        fill=more_identities,
    ),
    "GET /api/v1/sso/identities/{pk}/": Sample(address=_IDENTITY),
    "DELETE /api/v1/sso/identities/{pk}/": Sample(204, address=_IDENTITY),
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
    "identities.unlink_identity": lambda it, who: unlink_identity(it["identity"], actor=who),
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
    ),
    "provisioning.identity": (
        _WRITERS | {"enterprise-architect"},
        frozenset[str](),
        frozenset[str](),
        frozenset[str](),
    ),
}
ADMIN_FORMS: dict[str, Any] = {
    "provisioning_providermapping_add": lambda fixture: {
        "provider": f"saml {fixture.more['unmapped_provider'].pk}"
    },
    "provisioning_providermapping_change": {"email_attribute": "mail"},
    "provisioning_providermapping_delete": {},
    "provisioning_identity_unlink": {},
}
ADMIN_FILTERS: dict[str, set[str]] = {
    "provisioning.providermapping": set(),
    "provisioning.identity": set(),
}
