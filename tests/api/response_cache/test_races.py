"""Keeping an answer, giving it again and changing what it was made from, all at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from blueprints.catalog.models import Project
from iac_platform.cache import responses, table_stamps
from rbac.models import ApiToken
from tenants.context import tenant_scope
from tests.api.response_cache.reader import PROJECTS, hits, read, warm
from tests.api.response_cache.watched import in_one_tier
from tests.api_client import ApiClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Tenant
    from tests.conftest import Api

READS = 300
READERS = 3
READS_PER_CHANGE = 6


def _elsewhere(run: Callable[[], Any]) -> Any:
    """Run something in another thread, with connections of its own, and wait for it."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_with_own_connections, run).result()


def _with_own_connections(run: Callable[[], Any]) -> Any:
    try:
        return run()
    finally:
        connections.close_all()


def _describe(tenant: Tenant, text: str) -> None:
    with tenant_scope(tenant):
        Project.objects.update(description=text)


def _description(client: ApiClient, path: str) -> str:
    text: str = read(client, path).response.json()["description"]
    return text


def test_an_answer_that_a_change_overtakes_is_not_served(
    home: Tenant, admin: ApiClient, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, changed = responses.store, threading.Event()

    def keep_late(*args: Any, **kwargs: Any) -> None:
        if not changed.is_set():
            changed.set()
            _elsewhere(lambda: _describe(home, "new"))
        keep(*args, **kwargs)

    monkeypatch.setattr(responses, "store", keep_late)
    assert _description(admin, project) == ""
    assert changed.is_set()
    assert _description(admin, project) == "new"


@pytest.mark.parametrize("moment", ["announce", "conclude"])
def test_what_is_read_around_a_commit_is_not_served(
    home: Tenant, admin: ApiClient, project: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    seen: list[str] = []
    tell = getattr(table_stamps, moment)

    def read_meanwhile(stamps: Any) -> None:
        def twice() -> None:
            seen.extend(_description(admin, project) for _ in range(2))

        if moment == "announce":  # before the commit, and after it is announced
            tell(stamps)
            _elsewhere(twice)
        else:  # after the commit, and before that is told
            _elsewhere(twice)
            tell(stamps)

    warm(admin, project)
    monkeypatch.setattr(table_stamps, moment, read_meanwhile)
    _describe(home, "new")
    monkeypatch.undo()
    assert seen == ["", ""] if moment == "announce" else ["new", "new"]
    assert _description(admin, project) == "new"


def test_a_change_that_fails_to_commit_leaves_right_answers(
    home: Tenant, admin: ApiClient, project: str
) -> None:
    warm(admin, project)
    # Foreign keys are checked at COMMIT.
    with pytest.raises(IntegrityError, match="team"), transaction.atomic(), tenant_scope(home):
        Project.objects.update(description="never", team_id=uuid4())
    assert _description(admin, project) == ""
    warm(admin, project)


class Writer(threading.Thread):
    """Changes something while others read, and says how often it is certain to be changed."""

    def __init__(self, change: Callable[[int], object]) -> None:
        super().__init__()
        self._change = change
        self._stop_now = False
        self._due = threading.Semaphore(0)
        self.begun = self.done = 0

    def may_change(self) -> None:
        """Let one more change begin, at whatever moment."""
        self._due.release()

    def run(self) -> None:
        """Change as often as may be, until told to stop."""
        try:
            while self._due.acquire() and not self._stop_now:
                self.begun += 1
                self._change(self.begun)
                self.done = self.begun
        finally:
            connections.close_all()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._stop_now = True
        self._due.release()
        self.join()


def _read_all_the_time(writer: Writer, check: Callable[[], None]) -> float:
    """Have several threads read at once; how many of their answers were kept ones."""
    before = hits()

    def reads() -> None:
        for turn in range(READS):
            if turn % (READS_PER_CHANGE * READERS) == 0:
                writer.may_change()
            check()

    with ThreadPoolExecutor(READERS) as pool:
        for done in [pool.submit(_with_own_connections, reads) for _ in range(READERS)]:
            done.result()
    return hits() - before


@pytest.mark.usefixtures("no_rate_limits")
def test_nobody_reads_less_than_was_committed_before(
    home: Tenant, admin: ApiClient, project: str
) -> None:
    _describe(home, "0")

    def read_one() -> None:
        certain = writer.done
        client = ApiClient(home, token=admin.token)
        assert int(client.get(project).json()["description"]) >= certain

    with Writer(lambda turn: _describe(home, str(turn))) as writer:
        served = _read_all_the_time(writer, read_one)
    assert writer.done > 10
    assert served > READS / 3


@in_one_tier
@pytest.mark.usefixtures("no_rate_limits")
def test_nobody_reads_with_a_token_that_is_revoked(
    home: Tenant, admin: ApiClient, project: str, api: Api
) -> None:
    """Neither what they have read themselves, nor what a colleague of equal rights reads."""
    del project
    colleague = api(home, username="colleague")
    statuses: set[tuple[int, bool]] = set()

    def revoke_or_restore(turn: int) -> None:
        with tenant_scope(home):
            at = timezone.now() if turn % 2 else None
            ApiToken.objects.filter(user=admin.user).update(revoked_at=at)

    def read_one() -> None:
        before = writer.done
        assert ApiClient(home, token=colleague.token).get(PROJECTS).status_code == 200
        status = ApiClient(home, token=admin.token).get(PROJECTS).status_code
        if writer.begun == before:  # nothing was changed meanwhile
            statuses.add((status, bool(before % 2)))

    with Writer(revoke_or_restore) as writer:
        served = _read_all_the_time(writer, read_one)
    assert statuses == {(200, False), (401, True)}
    assert served
