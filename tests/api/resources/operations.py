"""The operator's requests about work on tenants."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tenants.models import Operation, OperationKind, OperationStatus
from tests.api.sample import Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture


def more_operations(fixture: Fixture, count: int) -> None:
    """Operations that have ended; call it in the operator's scope."""
    del fixture
    Operation.objects.bulk_create(
        Operation(
            kind=OperationKind.MOVE,
            tenant_id=uuid.uuid4(),
            subject=f"customer-{number}",
            status=OperationStatus.DONE,
            requested_by="tests",
        )
        for number in range(count)
    )


_QUEUED = address_of("queued")
_FAILED = address_of("failed")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
operations/
    GET    -     403 403 403 403 403 403 403 403 403 401 200
operations/{pk}/
    GET    -     404 404 404 404 404 404 404 404 404 401 200
operations/{pk}/retry/
    POST   -     404 404 404 404 404 404 404 404 404 401 200
operations/{pk}/cancel/
    POST   -     404 404 404 404 404 404 404 404 404 401 200
"""

SAMPLES = {
    "GET /api/v1/operations/": Sample(
        operator=True,
        filters={
            "tenant": lambda fixture: fixture.queued.tenant_id,
            "kind": "move",
            "status": "queued",
        },
        fill=more_operations,
    ),
    "GET /api/v1/operations/{pk}/": Sample(address=_QUEUED, operator=True),
    "POST /api/v1/operations/{pk}/retry/": Sample(address=_FAILED, operator=True),
    "POST /api/v1/operations/{pk}/cancel/": Sample(address=_QUEUED, operator=True),
}
