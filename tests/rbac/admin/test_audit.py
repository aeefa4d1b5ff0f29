from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from rbac.models import AuditEntry
from rbac.services.users import update_user
from tenants.context import tenant_scope
from tests.admin_client import cells, without_titles

if TYPE_CHECKING:
    from tests.admin_client import AdminClient
    from tests.conftest import Person


@pytest.fixture
def change(admin: AdminClient, person: Person) -> AuditEntry:
    user = person(admin.tenant, "viewer", "vic")
    with tenant_scope(admin.tenant):
        changes = {"full_name": "Vic & <b>Co</b>", "email": ""}
        update_user(user, actor=admin.user, changes=changes)  # type: ignore[arg-type]  # the fixture's user
        return AuditEntry.objects.get(action="user.update")


def test_a_change_is_a_table_of_before_and_after(admin: AdminClient, change: AuditEntry) -> None:
    text = admin.page("rbac_auditentry_change", change.pk)
    assert '<th scope="col">Before</th>' in text
    assert cells("Full name", "-", "Vic &amp; &lt;b&gt;Co&lt;/b&gt;") in without_titles(text)
    assert cells("Email") not in without_titles(text), "unchanged fields only make it longer"
    assert "[&#x27;" not in text
    assert "{&quot;" not in text


@pytest.mark.parametrize("page", ["add", "change", "delete"])
def test_nobody_writes_to_the_log(admin: AdminClient, change: AuditEntry, page: str) -> None:
    args = [] if page == "add" else [change.pk]
    address = reverse(f"admin:rbac_auditentry_{page}", args=args)
    assert admin.post(address, {"action": "forged", "post": "yes"}).status_code == 403
    with tenant_scope(admin.tenant):
        assert AuditEntry.objects.get(pk=change.pk).action == "user.update"
        assert not AuditEntry.objects.filter(action="forged").exists()


@pytest.mark.usefixtures("change")
@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ({"resource": "user"}, "user.update", "role.grant"),
        ({"resource": "role"}, "role.grant", "user.update"),
        ({"actor": "admin-of-the-test"}, "user.update", "role.grant"),
        ({"q": "user.update"}, "user.update", "role.grant"),
        ({"created_at_from": "2000-01-01"}, "user.update", "no such thing"),
    ],
)
def test_the_log_is_filtered_and_searched(
    admin: AdminClient, query: dict[str, str], shown: str, hidden: str
) -> None:
    rows = admin.page("rbac_auditentry_changelist", **query).partition('id="result_list"')[2]
    assert shown in rows
    assert hidden not in rows


@pytest.mark.usefixtures("change")
def test_a_date_range_leaves_out_what_is_older(admin: AdminClient) -> None:
    older = admin.page("rbac_auditentry_changelist", created_at_to="2000-01-01")
    assert "user.update" not in older
    until_tomorrow = admin.page("rbac_auditentry_changelist", created_at_to="2999-01-01")
    assert "user.update" in until_tomorrow
