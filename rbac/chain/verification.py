"""Reading a tenant's log from beginning to end and naming the first place that is wrong."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.db import connection
from django.db.models import Max

from rbac.chain.cuts import cut_is_ours, latest_cut
from rbac.chain.keys import UnknownKey, key_by_id
from rbac.chain.links import BEGINNING, ENTRY_TEXTS, Tip, link
from rbac.models import AuditLink
from tenants.context import current_tenant
from tenants.models import AuditAnchor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from rbac.chain.links import EntryTexts

BATCH = 1000

_LINKS = f"""
    SELECT l.sequence, l.hash, l.key_id, l.entry_id::text, {ENTRY_TEXTS}
      FROM audit_links l
      LEFT JOIN audit_entries e ON e.tenant_id = l.tenant_id AND e.id = l.entry_id
     WHERE l.tenant_id = %s AND l.sequence > %s ORDER BY l.sequence LIMIT %s
"""  # noqa: S608  # built from constants
_UNLINKED = """
    SELECT count(*), min(e.created_at)::text FROM audit_entries e
     WHERE e.tenant_id = %s AND NOT EXISTS (
        SELECT FROM audit_links l WHERE l.tenant_id = e.tenant_id AND l.entry_id = e.id)
"""


class Fault(StrEnum):
    """What can be wrong with a log."""

    EDITED = "edited"
    MISSING = "missing"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    FORGED = "forged"
    REWRITTEN = "rewritten"
    UNLINKED = "unlinked"
    UNKNOWN_KEY = "unknown-key"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault.

    Attributes:
        fault: its kind.
        sequence: where; None for entries that no link holds.
        detail: what was found, for a person.
    """

    fault: Fault
    sequence: int | None
    detail: str

    def __str__(self) -> str:
        place = "" if self.sequence is None else f" at {self.sequence}"
        return f"{self.fault}{place}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found.

    Attributes:
        links: how many were verified.
        tip: the last link that is sound.
        findings: the first fault of the chain, and entries outside of it; empty when all is well.
    """

    links: int
    tip: Tip
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


class Progress(Protocol):
    """Whoever wants to see it go on."""

    def step(self, name: str, *, total: int = 0) -> None:
        """Begin a step of ``total`` units."""

    def advance(self, units: int = 1) -> None:
        """Note that ``units`` more are done."""


class _Row(NamedTuple):
    """A link as it is stored, with its entry's texts; all None where the entry is gone."""

    sequence: int
    hash: str
    key_id: str
    entry_id: str
    entry: EntryTexts

    @property
    def tip(self) -> Tip:
        return Tip(self.sequence, self.hash)


class _Broken(Exception):  # it carries a finding, not an error
    """The chain does not go on."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def verify(*, progress: Progress, tips: tuple[Tip, ...] = ()) -> Verdict:
    """Verify the current tenant's log.

    Reads in batches, beside traffic: what is written meanwhile is verified or left out.

    Args:
        progress: receives one unit for each link.
        tips: tips known from elsewhere, such as a log collector, that must be in the chain.

    Returns:
        The verdict; the chain is followed up to its first fault.
    """
    tenant_id = current_tenant().pk
    anchor = AuditAnchor.objects.filter(tenant_id=tenant_id).first()
    known = [*tips, *([Tip(anchor.sequence, anchor.hash)] if anchor else [])]
    end = AuditLink.objects.filter(tenant_id=tenant_id).aggregate(end=Max("sequence"))["end"] or 0
    walk = _Walk(tenant_id, {tip.sequence: tip.hash for tip in known})
    findings = []
    progress.step("Verifying the audit log", total=max(0, end - walk.tip.sequence))
    try:
        _require_agreement(known)
        walk.to_the_end(progress)
        walk.require_known_tips()
    except _Broken as broken:
        findings.append(broken.finding)
    findings += _unlinked(tenant_id)
    return Verdict(walk.links, walk.tip, tuple(findings))


class _Walk:
    """A walk along the chain, from where it begins."""

    def __init__(self, tenant_id: UUID, known: dict[int, str]) -> None:
        self.tenant_id = tenant_id
        self.known = known
        self.links = 0
        cut = latest_cut(tenant_id)
        self.cut = cut
        self.tip = Tip(cut.sequence, cut.hash) if cut else BEGINNING
        self.start = self.tip.sequence

    def to_the_end(self, progress: Progress) -> None:
        """Follow the links.

        Raises:
            _Broken: one of them is wrong.
        """
        if self.cut is not None and not cut_is_ours(self.cut):
            detail = "The record of what was removed is not the platform's."
            raise _Broken(Finding(Fault.FORGED, self.cut.sequence, detail))
        self._require_tip_is_known(self.tip)
        while rows := list(self._rows()):
            for place, row in enumerate(rows):
                self._follow(row, rows[place:])
                self.tip, self.links = row.tip, self.links + 1
            progress.advance(len(rows))

    def require_known_tips(self) -> None:
        """Hold the end of the chain against what is known from elsewhere.

        Raises:
            _Broken: the chain ends before it.
        """
        for sequence in sorted(self.known):
            if sequence > self.tip.sequence:
                detail = f"The log was at {max(self.known)} once; it ends at {self.tip.sequence}."
                raise _Broken(Finding(Fault.TRUNCATED, self.tip.sequence + 1, detail))

    def _rows(self) -> Iterator[_Row]:
        with connection.cursor() as cursor:
            cursor.execute(_LINKS, [self.tenant_id, self.tip.sequence, BATCH])
            for sequence, digest, key_id, entry_id, *entry in cursor.fetchall():
                yield _Row(sequence, digest, key_id, entry_id, tuple(entry))

    def _follow(self, row: _Row, rest: list[_Row]) -> None:
        wanted = self.tip.sequence + 1
        if row.sequence != wanted:
            self._stop(Fault.MISSING, wanted, f"Links {wanted} to {row.sequence - 1} are gone.")
        if row.entry[0] is None:
            self._stop(Fault.MISSING, wanted, f"The entry {row.entry_id} is gone.")
        if not _same(self._computed(row).hash, row.hash):
            self._stop(*self._explained(row, rest))
        self._require_tip_is_known(row.tip)

    def _computed(self, row: _Row, before: Tip | None = None) -> Tip:
        try:
            key = key_by_id(self.tenant_id, row.key_id)
        except UnknownKey as error:
            detail = f"{error} Add the key that it was signed with, or it is forged."
            raise _Broken(Finding(Fault.UNKNOWN_KEY, row.sequence, detail)) from error
        return link(key, before or self.tip, row.entry)

    def _explained(self, row: _Row, rest: list[_Row]) -> tuple[Fault, int, str]:
        """Why a link's hash is not that of its entry and place."""
        here = f"The entry {row.entry_id}"
        hashes = {each.hash for each in rest}
        if any(self._computed(each).hash in hashes for each in rest if each.entry[0]):
            return Fault.REORDERED, row.sequence, f"{here} was written at another place."
        following = next((each for each in rest[1:] if each.entry[0]), None)
        if following is not None and following.sequence == row.sequence + 1:
            genuine = _same(self._computed(following, row.tip).hash, following.hash)
        else:
            genuine = self.known.get(row.sequence) == row.hash
        if genuine:
            return Fault.EDITED, row.sequence, f"{here} is not what was written."
        return Fault.FORGED, row.sequence, f"The link of {here[4:]} was not signed by the platform."

    def _require_tip_is_known(self, tip: Tip) -> None:
        known = self.known.get(tip.sequence)
        if known is not None and not _same(known, tip.hash):
            detail = f"The log was {known[:16]}… there once, and is {tip.hash[:16]}… now."
            self._stop(Fault.REWRITTEN, tip.sequence, detail)

    @staticmethod
    def _stop(fault: Fault, sequence: int, detail: str) -> None:
        raise _Broken(Finding(fault, sequence, detail))


def _require_agreement(known: list[Tip]) -> None:
    """Two tips of one number with two hashes cannot both have been."""
    seen: dict[int, str] = {}
    for tip in known:
        if seen.setdefault(tip.sequence, tip.hash) != tip.hash:
            detail = "The anchor and the tip that was given differ."
            raise _Broken(Finding(Fault.REWRITTEN, tip.sequence, detail))


def _unlinked(tenant_id: UUID) -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(_UNLINKED, [tenant_id])
        count, oldest = cursor.fetchone()
    if not count:
        return []
    detail = f"{count} entries stand outside of the chain, the oldest of {oldest}."
    return [Finding(Fault.UNLINKED, None, detail)]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def as_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict for programs."""
    return {
        "links": verdict.links,
        "tip": str(verdict.tip),
        "findings": [
            {"fault": str(found.fault), "sequence": found.sequence, "detail": found.detail}
            for found in verdict.findings
        ],
    }
