from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rbac.models import ApiToken, AuditEntry
from rbac.services.tokens import create_token
from sso.sign_in.models import Session
from sso.sign_in.session_store import SessionStore
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, address_of, errors_of
from tests.api_client import ApiClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tests.conftest import Person

_SECRET = re.compile(r'id="secret">(iac_\w+)<')


def create(admin: AdminClient, **fields: str) -> str:
    response = admin.submit("rbac_apitoken_add", name="ci", **fields)
    assert "no-store" in response["Cache-Control"]
    found = _SECRET.search(response.content.decode())
    assert found is not None
    return found[1]


def test_the_secret_is_shown_once_and_kept_nowhere(admin: AdminClient) -> None:
    secret = create(admin)
    assert ApiClient(admin.tenant, token=secret).get("/api/v1/me/").status_code == 200
    with tenant_scope(admin.tenant):
        token = ApiToken.objects.get(name="ci")
        sessions = [SessionStore().decode(session.data) for session in Session.objects.all()]
    assert token.user_id == admin.user.pk  # type: ignore[union-attr]  # the fixture's user
    later = admin.page("rbac_apitoken_changelist") + admin.page("rbac_apitoken_change", token.pk)
    assert secret not in later + admin.page("index") + str(sessions)


def test_a_token_is_ones_own_whatever_the_form_says(admin: AdminClient, person: Person) -> None:
    other = person(admin.tenant, "admin", "other")
    create(admin, user=str(other.pk), digest="0" * 64, prefix="iac_")
    with tenant_scope(admin.tenant):
        assert ApiToken.objects.get(name="ci").user_id == admin.user.pk  # type: ignore[union-attr]  # the fixture's user


def test_a_token_that_expires_in_the_past_is_refused(admin: AdminClient) -> None:
    past = {"expires_at_0": "2020-01-01", "expires_at_1": "00:00:00"}
    refused = admin.submit("rbac_apitoken_add", name="ci", **past)
    assert "past" in errors_of(refused)
    with tenant_scope(admin.tenant):
        assert not ApiToken.objects.filter(name="ci").exists()


def test_revoking_asks_first_and_is_audited(admin: AdminClient, person: Person) -> None:
    owner = person(admin.tenant, "viewer", "vic")
    with tenant_scope(admin.tenant):
        token, secret = create_token(owner, name="laptop", actor=ACTOR)
    api = ApiClient(admin.tenant, token=secret)
    assert "refused from the next request" in admin.page("rbac_apitoken_revoke", token.pk)
    assert api.get("/api/v1/me/").status_code == 200
    assert admin.submit("rbac_apitoken_revoke", token.pk).status_code == 302
    assert api.get("/api/v1/me/").status_code == 401
    with tenant_scope(admin.tenant):
        entry = AuditEntry.objects.get(action="token.revoke")
    assert entry.actor_id == admin.user.audit_id  # type: ignore[union-attr]  # the fixture's user


def test_revoking_twice_says_that_it_is_done(admin: AdminClient) -> None:
    create(admin)
    with tenant_scope(admin.tenant):
        token = ApiToken.objects.get(name="ci")
    assert admin.submit("rbac_apitoken_revoke", token.pk).status_code == 302
    again = admin.post(address_of(token, "revoke"), follow=True)
    assert "does not apply" in again.content.decode()
    with tenant_scope(admin.tenant):
        assert AuditEntry.objects.filter(action="token.revoke").count() == 1


def test_the_limits_and_the_last_use_of_a_token_are_shown(admin: AdminClient) -> None:
    user = admin.user
    assert user is not None
    with tenant_scope(admin.tenant):
        token, secret = create_token(
            user,
            name="narrow",
            actor=ACTOR,
            scopes=["project.view", "*.update"],
            networks=["127.0.0.0/8"],
        )
        wide, _ = create_token(user, name="wide", actor=ACTOR)
    assert ApiClient(admin.tenant, token=secret).get("/api/v1/projects/").status_code == 200
    shown = admin.page("rbac_apitoken_change", token.pk)
    for text in ("*.update, project.view", "127.0.0.0/8", "127.0.0.1"):
        assert text in shown
    assert "2 scopes, 1 networks" in admin.page("rbac_apitoken_changelist")
    assert "all that its user may do" in admin.page("rbac_apitoken_change", wide.pk)


def test_a_token_is_neither_changed_nor_deleted(admin: AdminClient) -> None:
    create(admin)
    with tenant_scope(admin.tenant):
        token = ApiToken.objects.get(name="ci")
    assert admin.submit("rbac_apitoken_change", token.pk, name="x").status_code == 403
    assert admin.submit("rbac_apitoken_delete", token.pk, post="yes").status_code == 403
    with tenant_scope(admin.tenant):
        assert ApiToken.objects.get(pk=token.pk).name == "ci"
