"""Who may do what: every operation, for every role, as the statuses it is answered with.

A row is an operation on objects of somebody else (``other``) or of one's own (``own``);
``-`` where nobody owns what it is about. 403 is for what one may read and no more, 404 for
what one may not read: there, being refused tells nothing. The last column is the operator,
at the operator's own host.
"""

from __future__ import annotations

from tests.api.routes import PREFIX

ROLES = (
    "admin",
    "enterprise-architect",
    "solution-architect",
    "technical-architect",
    "project-manager",
    "system-engineer",
    "consultant",
    "viewer",
    "nobody",
    "anonymous",
    "operator",
)
NOBODY = "nobody"  # A user without any role.
ANONYMOUS = "anonymous"
OPERATOR = "operator"

_TABLE = """
#                adm eac sac tac pjm sys con vie nob ano ope
me/
    GET    -     200 200 200 200 200 200 200 200 200 401 200
me/permissions/
    GET    -     200 200 200 200 200 200 200 200 200 401 200
access/explain/
    POST   other 200 403 403 403 403 403 403 403 403 401 200
    POST   own   200 200 200 200 200 200 200 200 404 401 200
access/who-can/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
access/review/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
tenants/{pk}/admins/
    POST   -     404 404 404 404 404 404 404 404 404 401 201
users/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
users/{pk}/
    GET    other 200 200 404 404 200 404 404 404 404 401 200
    GET    own   200 200 200 200 200 200 200 200 404 401 200
    PATCH  other 200 403 404 404 403 404 404 404 404 401 200
    PATCH  own   200 403 403 403 403 403 403 403 404 401 200
users/{pk}/roles/
    POST   other 200 403 404 404 403 404 404 404 404 401 200
    POST   own   200 403 403 403 403 403 403 403 404 401 200
users/{pk}/roles/{role}/
    DELETE other 204 403 404 404 403 404 404 404 404 401 204
roles/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
roles/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    PATCH  -     200 403 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
permissions/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
grants/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
grants/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
    DELETE -     204 403 404 404 404 404 404 404 404 401 204
delegations/
    GET    -     200 200 403 403 200 403 403 403 403 401 200
    POST   other 201 201 403 403 201 403 403 403 403 401 201
    POST   own   201 201 403 403 201 403 403 403 403 401 201
delegations/{pk}/
    GET    other 200 404 404 404 404 404 404 404 404 401 200
    GET    own   200 200 404 404 200 404 404 404 404 401 200
    DELETE other 204 404 404 404 404 404 404 404 404 401 204
    DELETE own   204 204 404 404 204 404 404 404 404 401 204
teams/
    GET    -     200 200 403 403 200 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
teams/{pk}/
    GET    -     200 200 404 404 200 404 404 404 404 401 200
    PATCH  -     200 403 404 404 403 404 404 404 404 401 200
    DELETE -     204 403 404 404 403 404 404 404 404 401 204
teams/{team}/members/
    GET    -     200 200 403 403 200 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
teams/{team}/members/{user}/
    DELETE -     204 403 404 404 403 404 404 404 404 401 204
tokens/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
    POST   -     201 201 201 201 201 201 201 201 403 401 201
tokens/{pk}/
    GET    other 200 404 404 404 404 404 404 404 404 401 200
    GET    own   200 200 200 200 200 200 200 200 404 401 200
    DELETE other 204 404 404 404 404 404 404 404 404 401 204
    DELETE own   204 204 204 204 204 204 204 204 404 401 204
tokens/{pk}/rotate/
    POST   -     201 404 404 404 404 404 404 404 404 401 201
tokens/revoke/
    POST   -     204 204 204 204 204 204 204 204 204 204 204
service-accounts/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
service-accounts/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    PATCH  -     200 404 404 404 404 404 404 404 404 401 200
service-accounts/{account}/tokens/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    POST   -     201 404 404 404 404 404 404 404 404 401 201
support-access/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
support-access/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    DELETE -     204 404 404 404 404 404 404 404 404 401 204
audit/
    GET    -     200 200 403 403 403 403 403 403 403 401 200
audit/export/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
audit/{pk}/
    GET    -     200 200 404 404 404 404 404 404 404 401 200
tenants/
    GET    -     403 403 403 403 403 403 403 403 403 401 200
    POST   -     403 403 403 403 403 403 403 403 403 401 201
tenants/{pk}/
    GET    -     404 404 404 404 404 404 404 404 404 401 200
    PATCH  -     404 404 404 404 404 404 404 404 404 401 200
    DELETE -     404 404 404 404 404 404 404 404 404 401 202
tenants/{pk}/move/
    POST   -     404 404 404 404 404 404 404 404 404 401 202
tenants/{pk}/restore/
    POST   -     404 404 404 404 404 404 404 404 404 401 200
tenants/{pk}/invitation/
    POST   -     404 404 404 404 404 404 404 404 404 401 201
invitations/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
invitations/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    DELETE -     204 404 404 404 404 404 404 404 404 401 204
invitations/accept/
    POST   -     403 403 403 403 403 403 403 403 403 403 403
operations/
    GET    -     403 403 403 403 403 403 403 403 403 401 200
operations/{pk}/
    GET    -     404 404 404 404 404 404 404 404 404 401 200
operations/{pk}/retry/
    POST   -     404 404 404 404 404 404 404 404 404 401 200
operations/{pk}/cancel/
    POST   -     404 404 404 404 404 404 404 404 404 401 200
domains/
    GET    -     200 403 403 403 403 403 403 403 403 401 200
    POST   -     201 403 403 403 403 403 403 403 403 401 201
domains/{pk}/
    GET    -     200 404 404 404 404 404 404 404 404 401 200
    DELETE -     204 404 404 404 404 404 404 404 404 401 204
domains/{pk}/verify/
    POST   -     200 404 404 404 404 404 404 404 404 401 200
projects/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
    POST   -     201 201 201 403 201 201 403 403 403 401 201
projects/{pk}/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
    PATCH  other 200 200 200 403 200 403 403 403 404 401 200
    PATCH  own   200 200 200 403 200 200 403 403 404 401 200
    DELETE other 204 204 403 403 403 403 403 403 404 401 204
    DELETE own   204 204 403 403 403 403 403 403 404 401 204
usage/
    GET    -     200 200 403 403 200 403 403 403 403 401 200
tenants/{pk}/usage/
    GET    -     404 404 404 404 404 404 404 404 404 401 200
    PUT    -     404 404 404 404 404 404 404 404 404 401 200
service-plans/
    GET    -     403 403 403 403 403 403 403 403 403 401 200
service-plans/{key}/
    GET    -     404 404 404 404 404 404 404 404 404 401 200
blueprints/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
    POST   other 201 201 201 201 403 201 201 403 403 401 201
    POST   own   201 201 201 201 403 201 201 403 403 401 201
blueprints/{pk}/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
    PATCH  other 200 200 200 200 403 200 403 403 404 401 200
    PATCH  own   200 200 200 200 403 200 200 403 404 401 200
    DELETE other 204 204 204 403 403 403 403 403 404 401 204
    DELETE own   204 204 204 204 403 204 403 403 404 401 204
component-types/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
component-types/{name}/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
blueprint-schema/
    GET    -     200 200 200 200 200 200 200 200 403 401 200
blueprints/{blueprint}/versions/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
    POST   other 201 201 201 201 403 201 403 403 404 401 201
    POST   own   201 201 201 201 403 201 201 403 404 401 201
blueprints/{blueprint}/versions/{number}/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
blueprints/{blueprint}/versions/{number}/diff/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
blueprints/{blueprint}/tags/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
blueprints/{blueprint}/tags/{name}/
    GET    -     200 200 200 200 200 200 200 200 404 401 200
    PUT    other 200 200 200 200 403 200 403 403 404 401 200
    PUT    own   200 200 200 200 403 200 200 403 404 401 200
    DELETE other 204 204 204 204 403 204 403 403 404 401 204
    DELETE own   204 204 204 204 403 204 204 403 404 401 204
blueprints/{blueprint}/versions/{number}/code
    GET    -     200 200 200 200 403 200 200 200 404 401 200
blueprints/{blueprint}/versions/{number}/code.zip
    GET    -     200 200 200 200 403 200 200 200 404 401 200
"""


def expectations() -> dict[tuple[str, str], dict[str, int]]:
    """Status by role, for each operation and whose objects it is about."""
    rows: dict[tuple[str, str], dict[str, int]] = {}
    template = ""
    for line in _TABLE.strip().splitlines()[1:]:
        if not line.startswith(" "):
            template = PREFIX + line
            continue
        method, whose, *statuses = line.split()
        row = dict(zip(ROLES, map(int, statuses), strict=True))
        rows[f"{method} {template}", whose] = row
    return rows
