"""A service that calls another is one transaction with it, and nothing of a failed one is kept."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from blueprints.catalog.models import Project
from iac_platform.common.transactions import one_transaction


@one_transaction()
def write(name: str, *, then_fail: bool = False) -> None:
    Project.objects.create(name=name)
    if then_fail:
        raise ZeroDivisionError


def names() -> set[str]:
    return set(Project.objects.values_list("name", flat=True))


@pytest.mark.usefixtures("in_scope")
def test_within_another_it_takes_no_savepoint() -> None:
    with CaptureQueriesContext(connection) as queries, one_transaction():
        write("One")
        write("Two")
    savepoints = [each["sql"] for each in queries.captured_queries if "SAVEPOINT" in each["sql"]]
    assert len(savepoints) == 2, "of the outermost, within the test's transaction"
    assert names() == {"One", "Two"}


@one_transaction()
def write_two(*, go_on: bool = False) -> None:
    write("One")
    try:
        write("Two", then_fail=True)
    except ZeroDivisionError:
        if not go_on:
            raise
    write("Three")


@pytest.mark.usefixtures("in_scope")
def test_when_the_inner_fails_the_outer_has_done_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        write_two()
    assert names() == set()
    write("Four")
    assert names() == {"Four"}


@pytest.mark.usefixtures("in_scope")
def test_going_on_after_the_inner_failed_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        write_two(go_on=True)
    assert names() == set()


@pytest.mark.usefixtures("in_scope")
def test_djangos_own_block_around_the_inner_lets_one_go_on() -> None:
    with one_transaction():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            write("One", then_fail=True)
        write("Two")
    assert names() == {"Two"}
