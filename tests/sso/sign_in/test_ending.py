"""Whoever ends sessions locks them in one order, before what belongs to them: no deadlocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sso.saml.models import SamlSession
from sso.saml.protocol.logout import Logout
from sso.saml.protocol.subjects import NameId
from sso.saml.services import trust
from sso.saml.sign_ons import logouts
from sso.sign_in.errors import SessionEnded
from sso.sign_in.models import Session
from sso.sign_in.services.policies import set_sign_in_policy
from sso.sign_in.services.sessions import (
    end_session,
    end_sessions,
    open_session,
    revoke_other_sessions,
)
from sso.sign_in.session_store import SessionStore, digest_of
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.sso.saml.visitors import configure
from tests.sso.sign_in.signing_in import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import RequestFactory

    from rbac.models import User
    from sso.saml.models import SamlConfiguration
    from tenants.models import Tenant
    from tests.conftest import Person

_KEY = "a-secret"
_LOGOUT = Logout(NameId("vic"), frozenset(), "_1", "", datetime(2026, 1, 1, tzinfo=UTC))
_WAYS: dict[str, Callable[[User, SamlConfiguration, User], object]] = {
    "deactivation": lambda vic, _, __: end_sessions(vic),
    "all others": lambda vic, _, __: revoke_other_sessions(vic, SessionStore()),
    "one": lambda vic, _, __: end_session(Session.objects.get(digest=digest_of(_KEY)), actor=vic),
    "sign-out": lambda _, __, ___: SessionStore(_KEY).delete(),
    "trust": lambda _, okta, __: trust.end_sessions(okta),
    "logout": lambda _, okta, __: logouts.end_sessions(okta, _LOGOUT, "urn:sp"),
    "policy": lambda _, __, boss: set_sign_in_policy(
        requires_sso=True, break_glass=[boss.pk], actor=ACTOR
    ),
}


@pytest.mark.parametrize("way", _WAYS)
def test_sessions_are_locked_by_their_keys_first(tenant: Tenant, person: Person, way: str) -> None:
    okta = configure(tenant)
    boss = person(tenant, "admin", "boss", password=PASSWORD)
    vic = person(tenant, "viewer", "vic")
    with tenant_scope(tenant):
        for digest in (digest_of(_KEY), "b" * 64):
            _begin(vic, okta, digest)
        with CaptureQueriesContext(connection) as captured:
            _WAYS[way](vic, okta, boss)
        left = Session.objects.filter(user=vic).count()
    assert left == (1 if way in {"one", "sign-out"} else 0)
    taken = [each["sql"] for each in captured.captured_queries if _takes(each["sql"])]
    assert taken[0].endswith("ORDER BY 1 ASC FOR UPDATE"), taken


def _begin(user: User, configuration: SamlConfiguration, digest: str) -> None:
    ends = timezone.now() + timedelta(hours=1)
    session = Session.objects.create(digest=digest, user=user, expires_at=ends)
    SamlSession.objects.create(
        session=session, user=user, configuration=configuration, name_id="vic"
    )


def _takes(sql: str) -> bool:
    """Whether a statement locks or deletes sessions, or what belongs to them."""
    is_lock = sql.startswith("DELETE") or "FOR UPDATE" in sql
    return is_lock and ('"sessions"' in sql or '"saml_sessions"' in sql)


def test_what_is_asked_for_in_a_session_that_has_ended_is_refused(
    tenant: Tenant, person: Person, rf: RequestFactory
) -> None:
    vic, request = person(tenant, "viewer", "vic"), rf.get("/")
    with tenant_scope(tenant):
        _begin(vic, configure(tenant), digest_of(_KEY))
        request.session = SessionStore(_KEY)
        assert open_session(request).user == vic
        end_sessions(vic)
        with pytest.raises(SessionEnded):
            open_session(request)


def test_a_new_secret_is_given_to_a_session_that_is_there_alone(
    tenant: Tenant, person: Person
) -> None:
    vic = person(tenant, "viewer", "vic")
    with tenant_scope(tenant):
        store = SessionStore()
        store["about"] = str(vic)
        store.create()
        row, old = Session.objects.get(), store.session_key
        store.cycle_key()
        assert store.session_key != old
        assert Session.objects.get().pk == row.pk
        assert SessionStore(old).load() == {}
        assert SessionStore(store.session_key).load() == {"about": "vic"}
        Session.objects.all().delete()
        with pytest.raises(UpdateError):
            store.cycle_key()
        assert not Session.objects.exists()
