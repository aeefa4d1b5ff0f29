"""How a context begins and ends, through the pool as it is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from tenants.database import entrance
from tenants.database.session import TENANT_SETTING
from tenants.isolation.findings import Finding
from tenants.isolation.probes.intruder import DONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from tenants.isolation.probes.intruder import Intruder
    from tenants.isolation.probes.subjects import Subject

ENTRANCE = "probe-entrance"
_WHO = "SELECT current_setting(%s, true), current_setting('search_path')"
# How often to look afterwards: a pool hands out whichever connection is free.
_LOOKS = 5
_MEND = (
    "Compare public.enter_tenant with tenants/database/entrance.py, and see that the pool "
    "is in transaction mode."
)


def probe(intruder: Intruder, subject: Subject) -> Iterator[Finding]:
    """A tenant that exists is entered, one that does not is refused, and no context stays."""
    with intruder.context():
        state, _ = intruder.attempt(entrance.enter(uuid4()))
        if state != entrance.NO_SUCH_TENANT:
            detail = f"An unknown tenant is entered (SQLSTATE {state or '00000'})."
            yield Finding("", entrance.FUNCTION, "probe-unknown-tenant", detail, _MEND)
    if subject.resident is None:
        return
    with intruder.context():
        state, _ = intruder.attempt(entrance.enter(subject.resident))
        if state != DONE:
            detail = f"{subject.resident} cannot be entered (SQLSTATE {state})."
            yield Finding(subject.schema, "", ENTRANCE, detail, _MEND)
            return
    with intruder.entered(subject.resident):
        found = intruder.rows(_WHO, TENANT_SETTING)[0]
        if found != (str(subject.resident), f"{subject.schema}, public"):
            detail = f"Entering {subject.resident} leads to {found}."
            yield Finding(subject.schema, "", ENTRANCE, detail, _MEND)


def probe_end(intruder: Intruder, tenant: UUID) -> Iterator[Finding]:
    """What one transaction was told, the next one does not know.

    Needs a connection that is in no transaction: this one is committed, with nothing in it.
    """
    with intruder.connection.transaction():
        intruder.rows(entrance.enter(tenant))
    for _ in range(_LOOKS):
        claim, path = intruder.rows(_WHO, TENANT_SETTING)[0]
        if claim or path != "public":
            detail = f"After its transaction, {claim or 'nobody'} is left with path {path}."
            yield Finding("", entrance.FUNCTION, "probe-context-stays", detail, _MEND)
            return
