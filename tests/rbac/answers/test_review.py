"""The report of who holds what: complete, harmless in spreadsheets, streamed, on record."""

from __future__ import annotations

import csv
import stat
import sys
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO, TextIOWrapper
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from blueprints.catalog.models import Project
from iac_platform.common.permissions import get
from rbac.access.holdings import Limits, Period
from rbac.answers import review as reviewing
from rbac.answers.explanations import explain, user_named
from rbac.answers.review import COLUMNS, review
from rbac.answers.sheets import harmless, lines
from rbac.models import AuditEntry, RoleGrant, TeamMember, User
from rbac.services import access_review
from rbac.services.access_review import export_review
from rbac.services.grants import delegate_role, grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.support import open_access
from rbac.services.teams import add_member, create_team
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.api.limits import no_rate_limits
from tests.api_client import body
from tests.conftest import ACTOR
from tests.rbac.access.worlds import ServicePlan, World, in_a_world, plans, slowly

if TYPE_CHECKING:
    from pathlib import Path

    from tenants.models import Tenant
    from tests.conftest import Api

__all__ = ["no_rate_limits"]

REVIEW = "/api/v1/access/review/"
Captured = pytest.CaptureFixture[str]


def _read(text: str) -> list[dict[str, str]]:
    header, *rows = csv.reader(StringIO(text, newline=""))
    assert tuple(header) == COLUMNS
    return [dict(zip(header, row, strict=True)) for row in rows]


def _of(rows: list[dict[str, str]], username: str) -> list[dict[str, str]]:
    return [row for row in rows if row["username"] == username]


def _report() -> list[dict[str, str]]:
    return _read("".join(export_review(actor=ACTOR, marked=False)))


# --- What it says -----------------------------------------------------------------------
@slowly
@given(plan=plans)
def test_every_user_is_there_with_every_grant_that_they_have(
    acme: Tenant, plan: ServicePlan
) -> None:
    def compare(world: World) -> None:
        assert world.users
        listed = {(row.user_id, row.grant_id) for batch in review(reader=None) for row in batch}
        assert listed == {pair for user in User.objects.all() for pair in _naively(user)}

    in_a_world(acme, plan, compare)


def _naively(user: User) -> set[tuple[str, str]]:
    """What the report should say of a user, read again one by one."""
    teams = set()
    for member in TeamMember.objects.filter(user=user):
        team: Any = member.team
        while team is not None:
            teams.add(team.pk)
            team = team.parent
    now = timezone.now()
    found = {
        (str(user.pk), str(grant.pk))
        for grant in RoleGrant.objects.all()
        if (grant.user_id == user.pk or grant.team_id in teams)
        and (grant.expires_at is None or grant.expires_at > now)
    }
    return found or {(str(user.pk), "")}


@pytest.mark.usefixtures("in_scope")
def test_a_row_says_where_it_comes_from_and_how_far_it_goes() -> None:
    above = create_team(name="engineering", actor=ACTOR)
    team = create_team(name="backend", parent=above, actor=ACTOR)
    una = create_user(username="una", email="una@example.com", actor=ACTOR)
    User.objects.filter(pk=una.pk).update(last_login=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    add_member(team, una, actor=ACTOR)
    role = create_role(name="Designer", inherits=["viewer"], actor=ACTOR)
    begins, ends = datetime(2100, 1, 1, tzinfo=UTC), datetime(2100, 1, 2, tzinfo=UTC)
    project = Project.objects.create(name="shop")
    here = Limits(frozenset({project.pk}))
    grant = grant_role(above, role, limits=here, period=Period(begins, ends), actor=ACTOR)
    (row,) = _of(_report(), "una")
    assert row == {
        "user_id": str(una.pk),
        "username": "una",
        "full_name": "",
        "email": "una@example.com",
        "kind": "person",
        "acts": "yes",
        "last_sign_in": "2026-01-02T03:04:05Z",
        "grant_id": str(grant.pk),
        "role": "custom-designer",
        "inherits": "viewer",
        "origin": "team",
        "team_path": "backend > engineering",
        "delegated_by": "",
        "projects": str(project.pk),
        "project_names": "shop",
        "environments": "",
        "environment_names": "",
        "starts_at": "2100-01-01T00:00:00Z",
        "expires_at": "2100-01-02T00:00:00Z",
        "counts": "no",
    }


@pytest.mark.usefixtures("in_scope")
def test_delegations_staff_and_those_who_hold_nothing_are_told() -> None:
    una = create_user(username="una", actor=ACTOR)
    gil = create_user(username="gil", roles=["enterprise-architect", "admin"], actor=ACTOR)
    role = create_role(name="Reader", permissions={"blueprint.view": "tenant"}, actor=ACTOR)
    until = Period(expires_at=timezone.now() + timedelta(days=3))
    delegate_role(una, role, actor=gil, period=until)
    retired = create_user(username="idle", roles=["viewer"], actor=ACTOR)
    # A grant that has ended is nobody's any more.
    RoleGrant.objects.filter(user=retired).update(expires_at=timezone.now())
    User.objects.filter(username="idle").update(is_active=False)
    staff = open_access(operator=ACTOR, reason="Ticket 4711", role="viewer", minutes=5).access
    rows = _report()
    (delegated,) = _of(rows, "una")
    assert (delegated["origin"], delegated["delegated_by"]) == ("delegated", "gil")
    (idle,) = _of(rows, "idle")
    assert (idle["acts"], idle["grant_id"], idle["role"]) == ("no", "", "")
    (support,) = _of(rows, staff.user.username)
    assert (support["kind"], support["role"], support["acts"]) == ("support", "viewer", "yes")


@pytest.mark.usefixtures("in_scope")
def test_batches_leave_nobody_out_and_cost_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewing, "BATCH", 10)

    def cost() -> int:
        with CaptureQueriesContext(connection) as statements:
            listed = [row.username for batch in review(reader=None) for row in batch]
        assert len(listed) == User.objects.count()
        assert len(set(listed)) == len(listed)
        return len(statements)

    viewer = find_role("viewer")
    RoleGrant.objects.all().delete()

    def add(first: int, last: int) -> None:
        names = (f"w{number:03}" for number in range(first, last))
        users = User.objects.bulk_create(User(username=name, password="!") for name in names)
        RoleGrant.objects.bulk_create(
            RoleGrant(user=user, role=viewer, granted_by="system:tests") for user in users
        )

    add(0, 10)
    few = cost()
    add(10, 30)
    # Two more batches: users, memberships, grants, and nothing for each user.
    assert cost() == few + 2 * 3


# --- Spreadsheets -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", '=HYPERLINK("x")'],  # noqa: RUF001  # full width is meant
)
def test_formulas_are_text(cell: str) -> None:
    assert harmless(cell).startswith("'")
    assert harmless(cell).replace("'", "") == cell


@pytest.mark.parametrize("blank", ["", " ", "\u200b", "\ufeff", "\u2060", "\u3164", "\u00a0 "])
@pytest.mark.parametrize("cut", [";", ",", "|", "\t", "\n", "\r\n"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])  # noqa: RUF001  # likewise
def test_a_cell_is_text_wherever_a_spreadsheet_cuts_it(cut: str, blank: str, sign: str) -> None:
    dangerous = f"una{cut}{blank}{sign}1+1"
    assert harmless(dangerous) == f"una{cut}'{blank}{sign}1+1"
    assert harmless(f"{blank}{sign}1") == f"'{blank}{sign}1"
    assert harmless(f"una{cut}{blank}1") == f"una{cut}{blank}1"


@pytest.mark.parametrize("cell", ["", "una", "a=b", "una@example.com", "1-2", "'=1"])
def test_text_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2)))
def test_any_cells_come_back_as_they_were_written(rows: list[list[str]]) -> None:
    written = lines(rows)
    read = list(csv.reader(StringIO(written, newline="")))
    assert read == [list(map(harmless, row)) for row in rows]
    assert not any(cell[:1] in tuple("=+-@\t\r") and cell for row in read for cell in row)


@pytest.mark.usefixtures("in_scope")
def test_what_people_call_themselves_is_no_formula() -> None:
    create_user(username="@SUM", full_name='=cmd|"/C calc"!A1', actor=ACTOR)
    user = create_user(username="+una", actor=ACTOR)
    team = create_team(name="-2+3", actor=ACTOR)
    add_member(team, user, actor=ACTOR)
    grant_role(team, find_role("viewer"), actor=ACTOR)
    rows = _report()
    (first,) = _of(rows, "'@SUM")
    assert first["full_name"] == '\'=cmd|"/C calc"!A1'
    (second,) = _of(rows, "'+una")
    assert second["team_path"] == "'-2+3"


# --- Over the API -----------------------------------------------------------------------
def test_the_report_is_streamed_and_on_record(tenant: Tenant, api: Api) -> None:
    admin = api(tenant)
    answer = admin.get(REVIEW)
    assert (answer.status_code, answer.streaming) == (200, True)
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Cache-Control"] == "no-store"
    assert f"access-review-{tenant.slug}.csv" in answer["Content-Disposition"]
    rows = _read(body(answer).decode("utf-8-sig"))
    assert admin.user is not None
    assert _of(rows, admin.user.username)[0]["role"] == "admin"
    with tenant_scope(tenant):
        assert {row["username"] for row in rows} == set(
            User.objects.values_list("username", flat=True)
        )
        entry = AuditEntry.objects.get(action="access.review")
    assert entry.actor_id == admin.user.audit_id


def test_whoever_may_not_take_it_gets_nothing(tenant: Tenant, api: Api) -> None:
    for role in ("enterprise-architect", "viewer"):
        refused = api(tenant, role).get(REVIEW)
        assert refused.status_code == 403
        assert refused["Content-Type"] == "application/problem+json"
    assert api(tenant).get(REVIEW, {"page_size": "3"}).status_code == 400
    with tenant_scope(tenant):
        assert not AuditEntry.objects.filter(action="access.review").exists()


def test_the_report_of_one_tenant_knows_nobody_of_another(
    attacker: Tenant, victim: Tenant, api: Api
) -> None:
    with tenant_scope(victim):
        create_user(username="victor", roles=["admin"], actor=ACTOR)
    assert not _of(_read(body(api(attacker).get(REVIEW)).decode("utf-8-sig")), "victor")
    assert _of(_read(body(api(victim).get(REVIEW)).decode("utf-8-sig")), "victor")


# --- The command ------------------------------------------------------------------------
def test_the_command_writes_to_the_terminal_or_a_file(
    tenant: Tenant, tmp_path: Path, capsys: Captured
) -> None:
    with tenant_scope(tenant):
        create_user(username="una", roles=["viewer"], actor=ACTOR)
    call_command("access_review", tenant=tenant.slug)
    shown = capsys.readouterr().out
    assert _of(_read(shown), "una")[0]["role"] == "viewer"
    file = tmp_path / "review.csv"
    call_command("access_review", tenant=tenant.slug, output=file)
    assert file.read_bytes() == b"\xef\xbb\xbf" + shown.encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tenant_scope(tenant):
        actors = AuditEntry.objects.filter(action="access.review").values_list("actor_name")
        assert [name for (name,) in actors] == ["manage.py access_review"] * 2


def test_a_terminal_that_lacks_a_letter_gets_the_whole_report(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_scope(acme):
        for name in ("анна", "zoë"):
            create_user(username=name, roles=["viewer"], actor=ACTOR)
    screen = BytesIO()
    terminal = TextIOWrapper(screen, encoding="latin-1", newline="")
    monkeypatch.setattr(sys, "stdout", terminal)
    call_command("access_review", tenant=acme.slug)
    terminal.flush()
    rows = _read(screen.getvalue().decode("latin-1"))
    assert _of(rows, "zoë")
    assert _of(rows, "анна".encode("ascii", "backslashreplace").decode())


def test_the_command_overwrites_nothing_and_leaves_nothing_half_done(
    acme: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="no tenant 'nobody'"):
        call_command("access_review", tenant="nobody")
    file = tmp_path / "review.csv"
    file.write_text("mine")
    with pytest.raises(CommandError, match="File exists"):
        call_command("access_review", tenant=acme.slug, output=file)
    assert file.read_text() == "mine"
    file.unlink()

    def fail(**_: object) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(access_review, "review", fail)
    with pytest.raises(RuntimeError, match="went away"):
        call_command("access_review", tenant=acme.slug, output=file)
    assert not file.exists()


def test_a_time_limited_break_glass_shows_its_end(acme: Tenant) -> None:
    """In the report and in explanations, as of any grant that ends."""
    with tenant_scope(acme):
        given = open_access(
            operator=ACTOR, reason="Ticket 4711: to look", role="viewer", minutes=30
        )
        user = given.access.user
        (row,) = _of(_report(), user.username)
        assert row["expires_at"] == f"{given.access.expires_at:%Y-%m-%dT%H:%M:%SZ}"
        staff, acts = user_named(user.username)
        explanation = explain(staff, get("project.view"), acts=acts, reader=staff)
        assert explanation.allowed
        assert "lasts until" in explanation.reason
