"""Requests for generated code."""

from __future__ import annotations

from tests.api.sample import Address, Sample

_VERSION = Address(
    {
        "blueprint": lambda fixture: fixture.blueprint.pk,
        "number": lambda fixture: fixture.version.number,
    },
    hidden=("blueprint",),
)
_TARGET = "target=terraform"

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
blueprints/{blueprint}/versions/{number}/code
    GET    -     200 200 200 200 403 200 200 200 404 401 200
blueprints/{blueprint}/versions/{number}/code.zip
    GET    -     200 200 200 200 403 200 200 200 404 401 200
"""

SAMPLES = {
    "GET /api/v1/blueprints/{blueprint}/versions/{number}/code": Sample(
        address=_VERSION, query=_TARGET
    ),
    "GET /api/v1/blueprints/{blueprint}/versions/{number}/code.zip": Sample(
        address=_VERSION, query=_TARGET
    ),
}
