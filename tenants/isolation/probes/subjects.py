"""Whom the probes are tried on. Read as the owner, who sees all rows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import connection

from tenants.isolation.expectations import placement_rules
from tenants.models import (
    PLATFORM_TENANT_ID,
    Placement,
    PlacementKind,
    PlacementStatus,
    Tenant,
    TenantStatus,
)

if TYPE_CHECKING:
    from uuid import UUID

# Drawn by lot, so that repeated runs reach all. One that is moving is in two places.
_STABLE = [TenantStatus.ACTIVE, TenantStatus.SUSPENDED, TenantStatus.INVITED]


@dataclass(frozen=True, slots=True)
class Subject:
    """A placement to probe, with the parts that tenants play in it.

    Attributes:
        schema: the placement's schema.
        resident: a tenant that lives there; None where nobody does.
        neighbour: another one that does, if there is one.
        stranger: an id whose rows are all elsewhere.
        filled: the tables in which the owner sees rows of the resident.
    """

    schema: str
    resident: UUID | None
    neighbour: UUID | None
    stranger: UUID
    filled: frozenset[str]

    @property
    def other(self) -> UUID:
        """Somebody who is not the resident, from next door if possible."""
        return self.neighbour or self.stranger


def choose(sample: int | None = None) -> list[Placement]:
    """The placements to probe: all that stand ready, or so many of them by lot."""
    ready = Placement.objects.filter(status=PlacementStatus.READY)
    placements = list(ready.exclude(kind=PlacementKind.TEMPLATE))
    if sample is None or sample >= len(placements):
        return placements
    return random.SystemRandom().sample(placements, sample)


def subject_in(placement: Placement) -> Subject:
    """The parts in a placement, drawn by lot; three queries."""
    resident, neighbour, *_ = (*_residents(placement), None, None)
    stranger = _outsider() if placement.kind == PlacementKind.PLATFORM else PLATFORM_TENANT_ID
    filled: frozenset[str] = frozenset()
    if resident is not None:
        filled = tables_with_rows(placement.schema_name, resident)
    return Subject(placement.schema_name, resident, neighbour, stranger, filled)


def _residents(placement: Placement) -> list[UUID]:
    stable = placement.tenants.filter(status__in=_STABLE, moving_to__isnull=True)
    return list(stable.order_by("?").values_list("pk", flat=True)[:2])


def _outsider() -> UUID:
    """A tenant that is not the operator; an id of nobody where there is none."""
    found = Tenant.objects.exclude(pk=PLATFORM_TENANT_ID).values_list("pk", flat=True).first()
    return found or uuid4()


def tables_with_rows(schema: str, tenant: UUID) -> frozenset[str]:
    """The tables of a placement in which a tenant has rows, as the owner sees them."""
    query = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM {schema}.{table} WHERE tenant_id = %(id)s)"  # noqa: S608  # names of models and placements
        for table in placement_rules()
    )
    with connection.cursor() as cursor:
        cursor.execute(query, {"id": tenant})
        return frozenset(name for (name,) in cursor.fetchall())
