"""No cached response is made from who asks: everybody is given what would be made for them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import pytest
from django.db import transaction

from blueprints.catalog.rest.views.projects import ProjectViewSet
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import User
from tests.api.fixtures import without_work
from tests.api.response_cache.reader import PROJECTS, TYPES, hits, warm
from tests.api.response_cache.rivals import LESS
from tests.api.response_cache.watched import addresses, in_one_tier, is_right
from tests.sampling import ROUTE

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.api.people import People
    from tests.api_client import ApiClient


@pytest.fixture
def everybody(home: Tenant, people: People) -> list[ApiClient]:
    """Two of each role, whose objects they are, and those who may see less in other ways."""
    roles = ("admin", "enterprise-architect", "system-engineer", "consultant", "viewer")
    clients = [people.client(role, f"{role}-{n}") for role in roles for n in ("one", "two")]
    clients.append(people.client("system-engineer", f"owner-at-{home.slug}"))
    return clients + [make(home, people, f"less-{n}") for n, (make, _) in enumerate(LESS.values())]


@in_one_tier
@pytest.mark.usefixtures("no_rate_limits")
def test_everybody_is_answered_what_would_be_made_for_them(
    people: People, everybody: list[ApiClient]
) -> None:
    fixture = without_work(people.fixture("admin", own=False))
    for client in everybody:
        warm(client, TYPES)
    for path in addresses(fixture):
        before = hits()
        assert all(is_right(client, path) for client in everybody), path
        assert hits() > before, path  # each has asked once
        assert all(is_right(client, path) for client in reversed(everybody)), path


class Watching:
    """Notes which of our files read what of the user who asks."""

    # They decide by nothing but rights, or serve each request by itself.
    KNOWN = (
        "iac_platform/gateway/rate_limits.py",
        "iac_platform/gateway/request_log.py",
        "rbac/access/",
        "rbac/models/user.py",
        "rbac/policy.py",
        "rbac/rest/authentication.py",
        "rbac/selectors.py",
        "rbac/services/support.py",
    )
    ROOT = f"{Path(__file__).parents[3]}/"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: set[tuple[str, str]] = set()
        self._patch = monkeypatch

    def __enter__(self) -> Self:
        def note(user: User, name: str) -> Any:
            self.seen.add((self._reader(), name))
            return object.__getattribute__(user, name)

        self._patch.setattr(User, "__getattribute__", note, raising=False)
        return self

    def _reader(self) -> str:
        """The first file of ours that leads here: it may have Django read the user for it."""
        frame = sys._getframe(2)  # noqa: SLF001  # who reads it
        while (back := frame.f_back) is not None and not self._is_ours(frame.f_code.co_filename):
            frame = back
        return frame.f_code.co_filename.removeprefix(self.ROOT)

    def _is_ours(self, file: str) -> bool:
        return file.startswith(self.ROOT) and ".venv" not in file and file != __file__

    def __exit__(self, *_: object) -> None:
        self._patch.undo()

    def others(self) -> set[tuple[str, str]]:
        """What others read than those who may."""
        return {(f, n) for f, n in self.seen if not f.startswith(self.KNOWN) and n[0] != "_"}


def test_no_cached_answer_is_made_from_who_asks(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but their rights, which ``rbac.policy`` knows, may make it another."""
    fixture = without_work(people.fixture("admin", own=False))
    reader = people.client("admin", "reader")
    paths = list(addresses(fixture))
    assert paths or ROUTE, "only routes that were chosen may be all without cached answers"
    with Watching(monkeypatch) as watching:
        for path in paths:
            with transaction.atomic():  # nothing is given again
                assert reader.get(path).status_code == 200, path
    assert (("rbac/policy.py", "access") in watching.seen) is bool(paths)
    assert {name for _, name in watching.others()} <= {"is_authenticated"}
    with Watching(monkeypatch) as watching:
        assert reader.get("/api/v1/me/").status_code == 200
    assert {name for _, name in watching.others()} - {"is_authenticated"}


def test_a_view_that_has_django_read_who_asks_is_seen(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_whoever_asks(view: ProjectViewSet) -> Any:
        return ResourceViewSet.objects(view).filter(created_by=cast("User", view.request.user))

    monkeypatch.setattr(ProjectViewSet, "objects", of_whoever_asks)
    monkeypatch.setattr(ProjectViewSet, "rows_are_fixed", False)
    with Watching(monkeypatch) as watching:
        assert people.client("admin", "reader").get(PROJECTS).status_code == 200
    assert {name for _, name in watching.others()} - {"is_authenticated"}
