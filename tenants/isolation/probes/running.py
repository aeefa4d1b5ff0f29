"""All probes over the placements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.isolation.probes import contexts, intruder, reading, rights, writing
from tenants.isolation.probes.intruder import Intruder
from tenants.isolation.probes.subjects import choose, subject_in
from tenants.models import PLATFORM_TENANT_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tenants.isolation.findings import Finding
    from tenants.isolation.probes.subjects import Subject
    from tenants.models import Placement


def probe_placements(
    sample: int | None = None,
    *,
    skip: Collection[str] = (),
    advance: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Finding]:
    """Probe the placements as the application role; call it as the owner.

    What is found is tried again with fresh eyes, and only what is found twice is
    reported: tenants come, go and change between two looks.

    Args:
        sample: so many placements, by lot; all of them by default.
        skip: schemas to leave alone, because their tables are missing.
        advance: told after each placement how many are done, and of how many.
    """
    placements = [one for one in choose(sample) if one.schema_name not in skip]
    findings: set[Finding] = set()
    with intruder.connect() as connection:
        visitor = Intruder(connection)
        findings |= {*probe_database(visitor), *contexts.probe_end(visitor, PLATFORM_TENANT_ID)}
        for number, placement in enumerate(placements, start=1):
            findings |= _twice(visitor, placement)
            advance(number, len(placements))
    return sorted(findings)


def _twice(visitor: Intruder, placement: Placement) -> set[Finding]:
    """What two looks at a placement both find."""
    seen = {(found.table, found.rule) for found in probe_subject(visitor, subject_in(placement))}
    if not seen:
        return set()
    again = probe_subject(visitor, subject_in(placement))
    return {found for found in again if (found.table, found.rule) in seen}


def probe_database(visitor: Intruder) -> Iterator[Finding]:
    """The probes that belong to no placement."""
    yield from rights.probe_role(visitor)
    yield from reading.probe_names(visitor)


def probe_subject(visitor: Intruder, subject: Subject) -> Iterator[Finding]:
    """Every probe of one placement; of the door alone where it does not lead in."""
    at_the_door = [*contexts.probe(visitor, subject)]
    yield from at_the_door
    if any(found.rule == contexts.ENTRANCE for found in at_the_door):
        return
    yield from reading.probe(visitor, subject)
    yield from writing.probe(visitor, subject)
    yield from rights.probe(visitor, subject)
