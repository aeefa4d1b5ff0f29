"""Sessions are kept under a hash, belong to one tenant, and end when they should."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from rbac.services.users import change_password, update_user
from sso.sign_in.models import Session
from sso.sign_in.services.expired import clear_expired
from sso.sign_in.session_store import SessionStore, digest_of
from sso.sign_in.tasks import HOURLY
from tenants.context import tenant_scope
from tenants.database.roles import as_owner, owner_connection
from tenants.models import Tier
from tests.admin_client import AdminClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person, Rivals
    from tests.throwaway import ThrowawayTenants

PASSWORD = "tangerine-orbit-42"


def cookie_of(client: AdminClient) -> str:
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


def everything_in_the_table(tenant: Tenant) -> str:
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(s)::text FROM sessions s")
        return "\n".join(row for (row,) in cursor.fetchall())


def open_sessions(tenant: Tenant) -> int:
    with tenant_scope(tenant):
        return Session.objects.count()


def expire(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_what_a_browser_shows_is_nowhere_in_the_table(tenant: Tenant, person: Person) -> None:
    client = AdminClient(tenant, person(tenant, "admin"))
    assert client.get("/admin/").status_code == 200
    kept = everything_in_the_table(tenant)
    assert digest_of(cookie_of(client)) in kept
    assert cookie_of(client) not in kept
    # Whoever reads the digest out of the table and shows it is nobody.
    thief = AdminClient(tenant)
    thief.cookies[django_settings.SESSION_COOKIE_NAME] = digest_of(cookie_of(client))
    assert thief.get("/admin/").status_code == 302


def test_every_index_that_holds_digests_begins_with_the_tenant(tenant: Tenant) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = 'sessions' "
            "AND indexname <> 'sessions_pkey'",
            [tenant.schema_name],
        )
        indexes = [row for (row,) in cursor.fetchall()]
    assert any("digest" in index for index in indexes)
    assert all("(tenant_id, " in index for index in indexes), indexes


def test_a_session_is_nothing_in_another_tenant_even_if_its_row_were_copied(
    rivals: Rivals, person: Person
) -> None:
    client = AdminClient(rivals.attacker, person(rivals.attacker, "admin"))
    key = cookie_of(client)
    with tenant_scope(rivals.attacker):
        row = Session.objects.get(digest=digest_of(key))
        assert SessionStore(key).load()
    with tenant_scope(rivals.victim):
        assert SessionStore(key).load() == {}
        Session.objects.create(digest=row.digest, data=row.data, expires_at=row.expires_at)
        assert SessionStore(key).load() == {}


def test_a_session_says_whose_it_is_and_where_it_was_used(tenant: Tenant, person: Person) -> None:
    user = person(tenant, "admin")
    client = AdminClient(tenant, user)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client.get("/admin/", headers={"user-agent": agent}, REMOTE_ADDR="192.0.2.7")
    with tenant_scope(tenant):
        session = Session.objects.get()
    assert (session.user_id, session.address) == (user.pk, "192.0.2.7")


def test_use_is_noted_once_in_some_minutes(tenant: Tenant, person: Person) -> None:
    client = AdminClient(tenant, person(tenant, "admin"))
    client.get("/admin/")
    with tenant_scope(tenant):
        first = Session.objects.get().last_seen_at
        client.get("/admin/")
        assert Session.objects.get().last_seen_at == first
        Session.objects.update(last_seen_at=first - timedelta(minutes=6))
        client.get("/admin/")
        assert Session.objects.get().last_seen_at > first


def test_sessions_end_with_the_password_and_with_the_account(
    tenant: Tenant, person: Person
) -> None:
    ada, vic = person(tenant, "admin", "ada"), person(tenant, "admin", "vic")
    first, second = AdminClient(tenant, ada), AdminClient(tenant, vic)
    with tenant_scope(tenant):
        change_password(ada, password=PASSWORD, actor=ACTOR)
    assert open_sessions(tenant) == 1
    assert first.get("/admin/").status_code == 302
    assert second.get("/admin/").status_code == 200
    with tenant_scope(tenant):
        update_user(vic, actor=ACTOR, changes={"is_active": False})
    assert open_sessions(tenant) == 0
    assert second.get("/admin/").status_code == 302


def test_an_expired_session_opens_nothing(tenant: Tenant, person: Person) -> None:
    client = AdminClient(tenant, person(tenant, "admin"))
    assert client.get("/admin/").status_code == 200
    expire(tenant)
    assert client.get("/admin/").status_code == 302


def test_clearsessions_removes_what_expired_in_every_tenant_and_nothing_else(
    committed_tenants: ThrowawayTenants,
) -> None:
    kept, *emptied = [committed_tenants(tier) for tier in (*Tier.values, Tier.STANDARD)]
    for tenant in (kept, *emptied):
        with tenant_scope(tenant):
            SessionStore().create()
    for tenant in emptied:
        expire(tenant)
    call_command("clearsessions")
    assert open_sessions(kept) == 1
    assert [open_sessions(tenant) for tenant in emptied] == [0, 0]


def test_the_provisioner_clears_them_once_an_hour(committed_tenants: ThrowawayTenants) -> None:
    tenant = committed_tenants()
    with tenant_scope(tenant):
        SessionStore().create()
    expire(tenant)
    found = [
        periodic
        for periodic in app.periodic_registry.periodic_tasks.values()
        if periodic.task.name == "sign_in.clear_expired_sessions"
    ]
    assert [periodic.cron for periodic in found] == [HOURLY]
    found[0].task(timestamp=0)
    assert open_sessions(tenant) == 0


def test_a_placement_that_cannot_be_cleared_holds_up_no_other(
    committed_tenants: ThrowawayTenants,
) -> None:
    """Its table is locked, as by a migration; the others are cleared, and it is the next time."""
    locked, other = committed_tenants(Tier.ENTERPRISE), committed_tenants(Tier.ENTERPRISE)
    for tenant in (locked, other):
        with tenant_scope(tenant):
            SessionStore().create()
        expire(tenant)
    with closing(owner_connection()) as holder, holder.cursor() as cursor:
        holder.set_autocommit(False)
        cursor.execute(f"LOCK TABLE {locked.schema_name}.sessions")
        clear_expired()
        assert open_sessions(other) == 0
        holder.rollback()
    clear_expired()
    assert open_sessions(locked) == 0
