"""Questions about access."""

from __future__ import annotations

from tests.api.sample import Sample

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
me/permissions/
    GET    -     200 200 200 200 200 200 200 200 200 401 200
access/explain/
    POST   other 200 403 403 403 403 403 403 403 403 401 200
    POST   own   200 200 200 200 200 200 200 200 404 401 200
access/who-can/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
access/review/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
permissions/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
"""

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
