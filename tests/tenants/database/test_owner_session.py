"""The one place where a context is left on a session: the owner's, while it migrates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import NotSupportedError, connection, transaction

from tenants.database.roles import as_owner

if TYPE_CHECKING:
    from tenants.models import Tenant

INDEX = "CREATE INDEX CONCURRENTLY pinned_idx ON users (created_at)"
SHOW = "SELECT current_setting('search_path'), pg_backend_pid()"


def ask(statement: str = SHOW) -> tuple[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: tuple[str, int] = cursor.fetchone()
        return found


def test_a_statement_that_refuses_transactions_runs_in_its_placement(umbrella: Tenant) -> None:
    with as_owner() as owner:
        owner.set_schema(umbrella.schema_name)
        with owner.cursor() as cursor, pytest.raises(Exception, match="cannot run inside"):
            cursor.execute(INDEX)
        with owner.placement_on_session(), owner.cursor() as cursor:
            cursor.execute(INDEX)
            cursor.execute(
                "SELECT schemaname FROM pg_indexes WHERE indexname = 'pinned_idx'",
            )
            assert cursor.fetchall() == [(umbrella.schema_name,)]
            cursor.execute("DROP INDEX CONCURRENTLY pinned_idx")


def test_nothing_of_it_is_left(umbrella: Tenant) -> None:
    with as_owner() as owner:
        owner.set_schema(umbrella.schema_name)
        with owner.placement_on_session():
            pinned, session = ask()
        owner.set_schema_to_public()
        assert pinned == f"{umbrella.schema_name}, public"
        path, next_session = ask()
        assert path == "public"
        assert next_session != session


def test_a_new_session_in_the_block_does_not_pass_for_a_pinned_one(umbrella: Tenant) -> None:
    with as_owner() as owner:
        owner.set_schema(umbrella.schema_name)
        with owner.placement_on_session():
            owner.close()
            assert ask()[0] == f"{umbrella.schema_name}, public"


def test_only_the_owner_may_and_only_outside_a_transaction(umbrella: Tenant) -> None:
    with (
        pytest.raises(NotSupportedError, match="Only the owner, outside a transaction"),
        connection.placement_on_session(),  # type: ignore[attr-defined]  # our backend's
    ):
        pytest.fail("the application has pinned its session")
    with as_owner() as owner:
        with pytest.raises(NotSupportedError), owner.placement_on_session():
            pytest.fail("it is pinned to nobody's placement")
        owner.set_schema(umbrella.schema_name)
        with (
            transaction.atomic(),
            pytest.raises(NotSupportedError, match="Only the owner, outside a transaction"),
            owner.placement_on_session(),
        ):
            pytest.fail("it is in a transaction")
