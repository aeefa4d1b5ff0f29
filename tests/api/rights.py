"""Who may do what: the statuses that each system role is answered with, as a table.

A row is an operation on objects of somebody else (``other``) or of one's own (``own``);
``-`` where nobody owns what it is about. 403 is for what one may read and no more, 404 for
what one may not read: there, being refused tells nothing. The last column is the operator,
at the operator's own host.
"""

from __future__ import annotations

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
VIEWER = "viewer"
NOBODY = "nobody"  # A user without any role.
ANONYMOUS = "anonymous"
OPERATOR = "operator"

Rights = dict[tuple[str, str], dict[str, int]]
"""Status by role, for each operation and whose objects it is about."""


def rights_of(table: str, prefix: str) -> Rights:
    """Read a table; its first line heads the columns, and addresses stand after ``prefix``."""
    rows: Rights = {}
    template = ""
    for line in table.strip().splitlines()[1:]:
        if not line.startswith(" "):
            template = prefix + line
            continue
        method, whose, *statuses = line.split()
        rows[f"{method} {template}", whose] = dict(zip(ROLES, map(int, statuses), strict=True))
    return rows
