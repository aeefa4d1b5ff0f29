"""What the suites know of people's second factors: valid requests, and who may send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.utils import timezone

from sso.second_factors.models import FactorKind, SecondFactor
from sso.second_factors.services.factors import remove_factor
from tests.api.sample import Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture


def _factor(fixture: Fixture) -> SecondFactor:
    return SecondFactor(
        user=fixture.colleague,  # whose sessions end with it
        kind=FactorKind.PASSKEY,
        name="laptop",
        public_key=b"key",
        credential_id=uuid4().hex,
        host="acme.localhost",
        confirmed_at=timezone.now(),
    )


def make(fixture: Fixture) -> dict[str, Any]:
    """A passkey of somebody."""
    factor = _factor(fixture)
    factor.save(force_insert=True)
    return {"second_factor": factor}


def more_factors(fixture: Fixture, count: int) -> None:
    """Further ones."""
    SecondFactor.objects.bulk_create(_factor(fixture) for _ in range(count))


RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
second-factors/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
second-factors/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    DELETE -     204 404 404 404 404 404 404 404 404 401 204
"""

_FACTOR = address_of("second_factor")

SAMPLES = {
    "GET /api/v1/second-factors/": Sample(
        filters={"user": lambda fixture: fixture.colleague.pk, "kind": "passkey"},
        fill=more_factors,
    ),
    "GET /api/v1/second-factors/{pk}/": Sample(address=_FACTOR),
    "DELETE /api/v1/second-factors/{pk}/": Sample(204, address=_FACTOR),
}

# Every service with an actor.
SERVICES = {
    "factors.remove_factor": lambda things, who: remove_factor(things["second_factor"], actor=who),
}

# The admin: who may view, add, change and delete; its filters.
_MAY = frozenset({"admin", "operator"})
ADMIN_RIGHTS: dict[str, tuple[frozenset[str], ...]] = {
    "second_factors.secondfactor": (_MAY, frozenset(), frozenset(), _MAY)
}
ADMIN_FORMS: dict[str, Any] = {"second_factors_secondfactor_delete": {}}
ADMIN_FILTERS: dict[str, set[str]] = {
    "second_factors.secondfactor": {"kind__exact", "kind__isnull"}
}
