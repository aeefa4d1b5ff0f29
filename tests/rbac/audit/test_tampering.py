"""Each way of changing a log behind the platform's back is found, and named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, ProgrammingError

from rbac.chain.keys import Key
from rbac.chain.links import BEGINNING, Tip, link

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.rbac.audit.conftest import Log


@pytest.fixture
def middle(written: Log) -> int:
    """A link that others follow."""
    return written.verify().tip.sequence - 4


@pytest.mark.parametrize(
    "change",
    [
        "actor_id = 'user:somebody'",
        "actor_name = 'somebody else'",
        "action = 'thing.undo'",
        "subject_type = 'rbac.role'",
        "subject_id = '0'",
        "subject_name = 'other'",
        'changes = \'{"x": 1.50, "number": 5}\'',  # the same number with another digit
        "request_id = 'forged-request'",
        "ip_address = '203.0.113.7'",
        "created_at = created_at + interval '1 microsecond'",
    ],
)
def test_an_edited_entry_is_found(written: Log, middle: int, change: str) -> None:
    written.sql(
        "UPDATE audit_entries SET {change} WHERE id = {entry}".replace("{change}", change), middle
    )
    assert written.faults() == [("edited", middle)]


def test_an_edited_last_entry_is_found(written: Log) -> None:
    end = written.verify().tip.sequence
    written.sql("UPDATE audit_entries SET action = 'x' WHERE id = {entry}", end)
    assert written.faults() == [("edited", end)]


def test_text_that_moves_from_one_field_to_the_next_is_found(written: Log, middle: int) -> None:
    written.sql(
        "UPDATE audit_entries SET actor_id = actor_id || left(actor_name, 1), "
        "actor_name = substr(actor_name, 2) WHERE id = {entry}",
        middle,
    )
    assert written.faults() == [("edited", middle)]


def test_a_deleted_entry_is_found(written: Log, middle: int) -> None:
    written.sql("DELETE FROM audit_entries WHERE id = {entry}", middle)
    assert written.faults() == [("missing", middle)]


def test_an_entry_deleted_with_its_link_is_found(written: Log, middle: int) -> None:
    written.sql("DELETE FROM audit_entries WHERE id = {entry}", middle)
    written.sql("DELETE FROM audit_links WHERE tenant_id = {t} AND sequence = %s", middle)
    assert written.faults() == [("missing", middle)]


def test_closing_the_gap_that_a_deletion_left_is_found(written: Log, middle: int) -> None:
    written.sql("DELETE FROM audit_entries WHERE id = {entry}", middle)
    written.sql("DELETE FROM audit_links WHERE tenant_id = {t} AND sequence = %s", middle)
    for sequence in range(middle + 1, middle + 5):
        written.sql(
            "UPDATE audit_links SET sequence = sequence - 1 "
            "WHERE tenant_id = {t} AND sequence = %s",
            sequence,
        )
    assert [place for _, place in written.faults()] == [middle]


def test_a_deleted_link_leaves_its_entry_outside(written: Log, middle: int) -> None:
    written.sql("DELETE FROM audit_links WHERE tenant_id = {t} AND sequence = %s", middle)
    assert written.faults() == [("missing", middle), ("unlinked", None)]


def test_two_links_that_changed_places_are_found(written: Log, middle: int) -> None:
    for before, after in ((middle, 0), (middle + 1, middle), (0, middle + 1)):
        written.sql(
            "UPDATE audit_links SET sequence = %s WHERE tenant_id = {t} AND sequence = %s",
            after,
            before,
        )
    assert written.faults() == [("reordered", middle)]


def test_two_entries_that_changed_places_are_found(written: Log, middle: int) -> None:
    (first,), (second,) = (
        written.sql("SELECT {entry}", place)[0] for place in (middle, middle + 1)
    )
    move = "UPDATE audit_links SET entry_id = %s WHERE tenant_id = {t} AND sequence = %s"
    written.sql(move, "00000000-0000-0000-0000-000000000000", middle)
    written.sql(move, first, middle + 1)
    written.sql(move, second, middle)
    assert written.faults() == [("reordered", middle)]


def _cut_off(log: Log, sequence: int) -> None:
    log.sql(
        "DELETE FROM audit_entries e USING audit_links l WHERE l.tenant_id = {t} "
        "AND l.sequence >= %s AND e.id = l.entry_id",
        sequence,
    )
    log.sql("DELETE FROM audit_links WHERE tenant_id = {t} AND sequence >= %s", sequence)


def test_a_log_whose_end_was_cut_off_is_found(written: Log, middle: int) -> None:
    _cut_off(written, middle)
    assert written.faults() == [("truncated", middle)]


def test_what_is_written_after_the_end_was_cut_off_does_not_hide_it(
    written: Log, middle: int
) -> None:
    _cut_off(written, middle)
    written.write(3)
    assert written.faults() == [("missing", middle)]


def test_an_emptied_log_is_found(written: Log) -> None:
    _cut_off(written, 0)
    assert written.faults() == [("truncated", 1)]


def test_a_tip_that_was_kept_elsewhere_finds_what_the_owner_of_the_database_can_hide(
    written: Log, middle: int
) -> None:
    kept = written.verify().tip
    (earlier,) = written.sql(
        "SELECT sequence, hash FROM audit_links WHERE tenant_id = {t} AND sequence = %s", middle - 1
    )
    _cut_off(written, middle)
    written.sql("DELETE FROM public.audit_anchors WHERE tenant_id = {t}")
    written.sql(
        "INSERT INTO public.audit_anchors (tenant_id, sequence, hash, anchored_at) "
        "VALUES ({t}, %s, %s, now())",
        *earlier,
    )
    assert written.faults() == [], "the limit of what the database alone can tell"
    assert written.faults(kept) == [("truncated", middle)]


def test_a_kept_tip_that_is_in_the_chain_is_agreed_to(written: Log) -> None:
    kept = written.verify().tip
    written.write(2)
    assert written.faults(kept) == []
    assert written.faults(Tip(kept.sequence, "0" * 64)) == [("rewritten", kept.sequence)]


def _rewrite(log: Log, sequence: int, secret: bytes) -> None:
    """Change an entry and compute all that follows anew, with a key of one's own."""
    log.sql("UPDATE audit_entries SET action = 'thing.else' WHERE id = {entry}", sequence)
    rows = log.sql(
        "SELECT l.sequence, l.key_id, l.hash, {texts} FROM audit_links l JOIN audit_entries e "
        "ON e.id = l.entry_id WHERE l.tenant_id = {t} ORDER BY l.sequence"
    )
    tip = BEGINNING
    for place, key_id, digest, *entry in rows:
        tip = (
            Tip(place, digest) if place < sequence else link(Key(key_id, secret), tip, tuple(entry))
        )
        if place >= sequence:
            log.sql(
                "UPDATE audit_links SET hash = %s WHERE tenant_id = {t} AND sequence = %s",
                tip.hash,
                place,
            )
    log.sql("DELETE FROM public.audit_anchors WHERE tenant_id = {t}")
    log.sql(
        "INSERT INTO public.audit_anchors (tenant_id, sequence, hash, anchored_at) "
        "VALUES ({t}, %s, %s, now())",
        *tip,
    )


def test_a_log_that_was_rewritten_without_the_key_is_found(written: Log, middle: int) -> None:
    _rewrite(written, middle, b"a guess")
    assert written.faults() == [("forged", middle)]


def test_an_entry_that_the_application_role_writes_by_itself_is_found(written: Log) -> None:
    written.sql(
        "INSERT INTO audit_entries (id, created_at, actor_id, actor_name, action, subject_type, "
        "subject_id, subject_name, changes, request_id) SELECT gen_random_uuid(), now(), 'user:1', "
        "'eve', 'thing.do', 't', '1', 't', '{}'::jsonb, ''",
        owner=False,
    )
    assert written.faults() == [("unlinked", None)]


def test_a_link_that_the_application_role_writes_by_itself_is_found(written: Log) -> None:
    end = written.verify().tip.sequence
    written.sql(
        "WITH entry AS (INSERT INTO audit_entries (id, created_at, actor_id, actor_name, action, "
        "subject_type, subject_id, subject_name, changes, request_id) SELECT gen_random_uuid(), "
        "now(), 'user:1', 'eve', 'thing.do', 't', '1', 't', '{}'::jsonb, '' RETURNING id) "
        "INSERT INTO audit_links (entry_id, sequence, hash, key_id) "
        "SELECT entry.id, %s, repeat('a', 64), (SELECT min(key_id) FROM audit_links) FROM entry",
        end + 1,
        owner=False,
    )
    assert written.faults() == [("forged", end + 1)]


def test_a_link_of_a_key_that_nobody_has_is_told(written: Log, settings: Settings) -> None:
    settings.AUDIT_KEYS = ["another installation's key, of enough characters"]
    assert written.faults() == [("unknown-key", 1)]


@pytest.mark.parametrize("table", ["audit_entries", "audit_links", "audit_cuts"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {table} SET tenant_id = tenant_id", "DELETE FROM {table}", "TRUNCATE {table}"],
)
def test_the_application_role_can_change_nothing(written: Log, table: str, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        written.sql(statement.format(table=table), owner=False)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (
            "UPDATE public.audit_anchors SET sequence = sequence - 1 WHERE tenant_id = {t}",
            "is anchored at",
        ),
        (
            "UPDATE public.audit_anchors SET hash = repeat('a', 64) WHERE tenant_id = {t}",
            "is anchored at",
        ),
        ("DELETE FROM public.audit_anchors", "permission denied"),
        ("INSERT INTO audit_cuts (id) SELECT gen_random_uuid()", "permission denied"),
    ],
)
def test_the_application_role_cannot_take_the_anchor_back(
    written: Log, statement: str, why: str
) -> None:
    with pytest.raises(DatabaseError, match=why):
        written.sql(statement, owner=False)
    assert written.faults() == []


def test_not_even_the_owner_moves_an_anchor_back_in_passing(written: Log) -> None:
    with pytest.raises(DatabaseError, match="is anchored at"):
        written.sql("UPDATE public.audit_anchors SET sequence = 1 WHERE tenant_id = {t}")
