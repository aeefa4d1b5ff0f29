"""Questions about access."""

from __future__ import annotations

from tests.api.samples.sample import Sample

SAMPLES = {
    "GET /api/v1/me/permissions/": Sample(),
    "POST /api/v1/access/explain/": Sample(
        asks=True,
        body=lambda fixture: {
            "user": fixture.owner.username,
            "permission": "blueprint.update",
            "object": {"type": "blueprint", "id": str(fixture.blueprint.pk)},
        },
    ),
    "GET /api/v1/access/who-can/": Sample(query="permission=blueprint.update"),
    "GET /api/v1/access/review/": Sample(),
    "GET /api/v1/permissions/": Sample(),
}
