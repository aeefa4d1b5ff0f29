"""Requests about a tenant's own host names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.domains.records import new_challenge
from tenants.models import Domain
from tests.api.sample import Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture


def more_domains(fixture: Fixture, count: int) -> None:
    """Domains that are not verified."""
    Domain.objects.bulk_create(
        Domain(domain=f"n{number}.example.net", tenant=fixture.tenant, challenge=new_challenge())
        for number in range(count)
    )


_DOMAIN = address_of("domain")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
domains/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
domains/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    DELETE -     204 404 404 404 404 404 404 404 404 401 204
domains/{pk}/verify/
    POST   -     200 404 404 404 404 404 404 404 404 401 200
"""

SAMPLES = {
    "GET /api/v1/domains/": Sample(
        filters={"domain": lambda fixture: fixture.domain.domain, "verified": "false"},
        fill=more_domains,
    ),
    "POST /api/v1/domains/": Sample(201, body=lambda _: {"domain": "infra.initech.example"}),
    "GET /api/v1/domains/{pk}/": Sample(address=_DOMAIN),
    "DELETE /api/v1/domains/{pk}/": Sample(204, address=_DOMAIN),
    "POST /api/v1/domains/{pk}/verify/": Sample(address=_DOMAIN),
}
