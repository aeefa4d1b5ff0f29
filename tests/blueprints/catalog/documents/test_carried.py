"""A document carries what it needs of the versions that it names, and nothing else."""

from __future__ import annotations

from typing import Any

from blueprints.catalog.documents import (
    NamedVersion,
    carried_versions,
    versions_named,
    with_carried,
)

from .builders import Json, document, part

JOBS = "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10"
KEY = f"{JOBS}@3"
MODULE = NamedVersion("module", JOBS, 3)
STATE = NamedVersion("remote_state", JOBS, 3)
INNER = document(part("jobs", "queue"))
PUBLISHED: Json = {"outputs": {}}
PARTS = [part(kind.replace("_", "-"), kind, blueprint=JOBS, version=3)
         for kind in ("module", "remote_state")]  # fmt: skip


def test_what_is_carried_is_what_was_found() -> None:
    forged = document(*PARTS, modules={KEY: document()}, remote_states={JOBS: {"outputs": {}}})
    assert versions_named(forged) == {MODULE, STATE}
    whole = document(*PARTS, modules={KEY: INNER}, remote_states={KEY: PUBLISHED})
    assert with_carried(forged, {MODULE: INNER, STATE: PUBLISHED}) == whole
    assert with_carried(forged, {STATE: PUBLISHED}) == document(
        *PARTS, remote_states={KEY: PUBLISHED}
    )
    assert with_carried(forged, {}) == document(*PARTS)


def test_what_is_carried_is_found_again() -> None:
    whole = document(*PARTS, modules={KEY: INNER})
    other = NamedVersion("module", JOBS, 4)
    assert dict(carried_versions(whole, {MODULE, STATE, other})) == {MODULE: INNER}


def test_what_is_no_document_names_nothing() -> None:
    odd: Any
    for odd in (
        None,
        [],
        {"components": 1},
        {"components": [1, {"type": "module"}, part("x", "module", blueprint=JOBS, version=[])]},
        {"components": [{"type": []}, part("x", "queue", blueprint=JOBS, version=3)]},
        {"components": [part("x", "remote_state", blueprint=JOBS, version=True)]},
    ):
        assert versions_named(odd) == set()
        assert with_carried(odd, {}) == odd
