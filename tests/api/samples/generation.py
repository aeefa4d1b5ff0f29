"""Requests for generated code."""

from __future__ import annotations

from tests.api.samples.sample import Address, Sample

_VERSION = Address(
    {
        "blueprint": lambda fixture: fixture.blueprint.pk,
        "number": lambda fixture: fixture.version.number,
    },
    hidden=("blueprint",),
)
_TARGET = "target=terraform"

SAMPLES = {
    "GET /api/v1/blueprints/{blueprint}/versions/{number}/code": Sample(
        address=_VERSION, query=_TARGET
    ),
    "GET /api/v1/blueprints/{blueprint}/versions/{number}/code.zip": Sample(
        address=_VERSION, query=_TARGET
    ),
}
