"""The tour commits, and nothing that it does is wrong; see ``tests.tour``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.routes import operations
from tests.tour.tour import take

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.plugin import DjangoDbBlocker


@pytest.mark.usefixtures("django_db_setup")
def test_what_customers_and_operators_do_is_right_when_it_is_committed(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        journey = take(tmp_path)
    assert journey.faults == []
    assert set(operations()) - set(journey.answered) == set(), "every operation was toured"
