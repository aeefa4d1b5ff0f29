"""Checks and permitted lists on many objects; see bench_access.py."""

from __future__ import annotations

import os
import re
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from blueprints.catalog.models import Blueprint, Project  # noqa: E402
from blueprints.catalog.permissions import UPDATE_BLUEPRINT  # noqa: E402
from iac_platform.common.audit import SystemActor  # noqa: E402
from rbac.access.holdings import Limits  # noqa: E402
from rbac.access.loading import access_cache  # noqa: E402
from rbac.models import Team, User  # noqa: E402
from rbac.policy import check  # noqa: E402
from rbac.selectors import user_by_id  # noqa: E402
from rbac.services.grants import grant_role  # noqa: E402
from rbac.services.roles import create_role, find_role  # noqa: E402
from rbac.services.teams import add_member, create_team  # noqa: E402
from rbac.services.users import create_user  # noqa: E402
from tenants.context import tenant_scope  # noqa: E402
from tenants.database.roles import as_owner  # noqa: E402
from tenants.models import PLATFORM_TENANT_ID, Tenant, Tier  # noqa: E402
from tenants.operations.upkeep import provision_pending  # noqa: E402
from tenants.tenants.services import create_tenant  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import QuerySet

ACTOR = SystemActor("bench")
BATCH = 2000
TEAMS, PROJECTS, AUTHORS = 20, 1000, 400
SAMPLE, PAGE, ROUNDS = 2000, 51, 9


# --- What there is ----------------------------------------------------------------------
def make_tenants(objects: int) -> Tenant:
    """A tenant with so many blueprints, and a neighbour in its pool with a fifth of that."""
    with as_owner():
        platform = Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)
        with tenant_scope(platform):
            made = [
                create_tenant(slug=f"bench-{n}", name="Bench", tier=Tier.STANDARD, actor=ACTOR)
                for n in range(2)
            ]
        provision_pending()
    found = Tenant.objects.select_related("placement")
    mine, neighbour = (found.get(pk=tenant.pk) for tenant in made)
    for tenant, count in ((mine, objects), (neighbour, objects // 5)):
        with tenant_scope(tenant):
            fill(count)
    with as_owner(), tenant_scope(mine), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return mine


def fill(objects: int) -> None:
    """Teams in a chain of fives, projects of theirs, and blueprints of many authors."""
    teams: list[Team] = []
    for number in range(TEAMS):
        above = teams[-1] if number % 5 else None
        teams.append(create_team(name=f"team-{number}", parent=above, actor=ACTOR))
    authors = User.objects.bulk_create(User(username=f"author-{n}") for n in range(AUTHORS))
    projects = Project.objects.bulk_create(
        Project(name=f"project-{n}", team=teams[n % TEAMS], created_by=authors[n % AUTHORS])
        for n in range(PROJECTS)
    )
    for first in range(0, objects, BATCH):
        Blueprint.objects.bulk_create(
            Blueprint(
                name=f"blueprint-{n}",
                project=projects[n % PROJECTS],
                created_by=authors[n * 7 % AUTHORS],
            )
            for n in range(first, min(first + BATCH, objects))
        )


def people() -> Iterator[tuple[str, User]]:
    """Users who hold ``blueprint.update`` in different ways, each with a word for it."""
    yield "whole tenant", create_user(username="all", roles=["system-engineer"], actor=ACTOR)
    engineer, somewhere = find_role("system-engineer"), Project.objects.order_by("name")
    few = create_user(username="few", actor=ACTOR)
    limits = Limits(frozenset(somewhere.values_list("pk", flat=True)[:5]))
    grant_role(few, engineer, limits=limits, actor=ACTOR)
    yield "5 projects", few
    role = create_role(name="Team", permissions={"blueprint.update": "team"}, actor=ACTOR)
    member = create_user(username="member", actor=ACTOR)
    add_member(Team.objects.get(name="team-4"), member, actor=ACTOR)
    grant_role(Team.objects.get(name="team-0"), role, actor=ACTOR)
    yield "own and 5 teams'", member
    author = User.objects.get(username="author-7")
    grant_role(author, find_role("consultant"), actor=ACTOR)
    yield "own", author
    yield "nothing", create_user(username="none", actor=ACTOR)


# --- How long it takes ------------------------------------------------------------------
def timed(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """The median of the milliseconds that some work takes."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


def read(user: User) -> User:
    """The user as a request reads them, with all that they hold."""
    found = user_by_id(user.pk)
    assert found is not None, user  # noqa: S101  # we made them
    assert found.access is not None  # noqa: S101  # it is read when it is asked for
    return found


def time_checks(holders: dict[str, User], sample: list[Blueprint]) -> None:
    """Print what a check costs while rights are kept, and what reading them costs."""
    print(
        "\n| holds `blueprint.update` for | check, kept: µs | rights kept: queries, ms "
        "| rights not kept: queries, ms |\n|---|---|---|---|"
    )
    for words, holder in holders.items():
        user = read(holder)
        loop = timed(lambda user=user: [check(user, UPDATE_BLUEPRINT, obj) for obj in sample])  # type: ignore[misc]  # bound at once
        print(
            f"| {words} | {loop * 1000 / len(sample):.1f} "
            f"| {_cost(holder, forget=False)} | {_cost(holder, forget=True)} |"
        )


def _cost(holder: User, *, forget: bool) -> str:
    def once() -> None:
        if forget:
            access_cache.clear()
        read(holder)

    once()
    with CaptureQueriesContext(connection) as statements:
        once()
    return f"{len(statements)}, {timed(once, 51):.2f}"


def time_lists(holders: dict[str, User], sample: list[Blueprint], objects: int) -> None:
    """Print what lists cost, beside a loop over checks, and how they are found."""
    print(
        f"\n| holds it for | objects | all ids: ms | first page of {PAGE - 1}: ms "
        f"| reading {len(sample):,} and a loop over `check()`: ms "
        f"| at that rate on {objects:,}: ms "
        "|\n|---|---|---|---|---|---|"
    )
    plans: dict[str, QuerySet[Any]] = {}
    for words, holder in holders.items():
        user = read(holder)
        rows: QuerySet[Any] = Blueprint.objects.permitted(user, UPDATE_BLUEPRINT)
        page = rows.order_by("-created_at", "-id")[:PAGE]
        found = rows.count()
        loop = timed(lambda user=user: naive(user, len(sample)), 3)  # type: ignore[misc]  # bound at once
        print(
            f"| {words} | {found:,} | {timed(lambda rows=rows: _ids(rows)):.1f} "  # type: ignore[misc]  # likewise
            f"| {timed(lambda page=page: list(page.all())):.1f} "  # type: ignore[misc]  # likewise
            f"| {loop:.1f} | {loop * objects / len(sample):,.0f} |"
        )
        if found:
            plans[f"{words}, all ids"] = rows.values_list("pk", flat=True).order_by()
            plans[f"{words}, first page"] = page
    for words, query in plans.items():
        tell_plan(words, query)


def naive(user: User, size: int) -> list[Any]:
    """What a list would be without the filter: read each object, and ask about it."""
    rows = Blueprint.objects.select_related("project").order_by("id")[:size]
    return [row.pk for row in rows if check(user, UPDATE_BLUEPRINT, row)]


def _ids(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.order_by().values_list("pk", flat=True))


def tell_plan(words: str, query: QuerySet[Any]) -> None:
    """Print the plan that PostgreSQL takes, and the indexes in it."""
    plan = query.explain(analyze=True, costs=False, timing=False)
    used = re.findall(r"using (\w+)|Index Scan on (\w+)", plan)
    indexes = ", ".join(sorted({first or second for first, second in used})) or "none"
    print(f"\n{words}: indexes {indexes}\n{plan}")


def main() -> None:
    """Make everything, and print what it costs."""
    objects = int(sys.argv[1])
    tenant = make_tenants(objects)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, PostgreSQL {version}, "
        f"Python {sys.version.split()[0]}, {objects:,} objects"
    )
    with tenant_scope(tenant):
        holders = dict(people())
        sample = list(Blueprint.objects.select_related("project").order_by("id")[:SAMPLE])
        time_checks(holders, sample)
        time_lists(holders, sample, objects)


if __name__ == "__main__":
    main()
