"""Roles and the matrix of permissions in the admin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from iac_platform.common.permissions import Scope, declared
from rbac.models import AuditEntry, Role, RoleParent
from rbac.selectors import allowed_by
from rbac.services.roles import create_role, update_role
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, errors_of
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person

MATRIX = "admin:rbac_role_matrix"


def own_role(tenant: Tenant, name: str = "Builder", **permissions: str) -> Role:
    wanted = {key.replace("__", "."): scope for key, scope in permissions.items()}
    with tenant_scope(tenant):
        return create_role(name=name, permissions=wanted, actor=ACTOR)


def allowed(tenant: Tenant, role: Role) -> dict[str, str]:
    with tenant_scope(tenant):
        return {name: str(each.scope) for name, each in allowed_by([role.pk])[role.pk].items()}


def entries(tenant: Tenant, action: str) -> int:
    with tenant_scope(tenant):
        return AuditEntry.objects.filter(action=action).exclude(actor_id=ACTOR.audit_id).count()


def form_of(client: AdminClient, *roles: Role) -> dict[str, Any]:
    """All fields of the matrix, as a browser would send them back."""
    response = client.get(reverse(MATRIX), {"role": [role.key for role in roles]})
    assert response.status_code == 200
    fields: dict[str, Any] = {"shown": []}
    for column in response.context["columns"]:
        fields["shown"].append(str(column.role.pk))
        if column.editable:
            fields[f"revision:{column.role.pk}"] = column.revision
            fields[f"seen:{column.role.pk}"] = column.seen
    for group in response.context["groups"]:
        for row in group.rows:
            fields |= {cell.field: cell.chosen for cell in row.cells if cell.column.editable}
    return fields


def send(client: AdminClient, fields: dict[str, Any]) -> Any:
    return client.post(reverse(MATRIX), fields)


def test_what_is_chosen_for_several_roles_is_saved_at_once(admin: AdminClient) -> None:
    one = own_role(admin.tenant, "One", project__view="own")
    two = own_role(admin.tenant, "Two", blueprint__view="tenant")
    same = own_role(admin.tenant, "Same", blueprint__view="tenant")
    fields = form_of(admin, one, two, same)
    fields[f"cell:{one.pk}:project.view"] = "tenant"
    fields[f"cell:{one.pk}:audit.view"] = "tenant"
    fields[f"cell:{two.pk}:blueprint.view"] = ""
    assert send(admin, fields).status_code == 302
    assert allowed(admin.tenant, one) == {"project.view": "tenant", "audit.view": "tenant"}
    assert allowed(admin.tenant, two) == {}
    with tenant_scope(admin.tenant):
        assert Role.objects.get(pk=same.pk).revision == same.revision
    assert entries(admin.tenant, "role.update") == 2


def test_one_refusal_saves_nothing_and_keeps_what_was_chosen(
    admin: AdminClient,
) -> None:
    tenant = admin.tenant
    fine = own_role(tenant, "Fine")
    stale = own_role(tenant, "Stale", project__view="own")
    fields = form_of(admin, fine, stale)
    with tenant_scope(tenant):
        update_role(stale, actor=ACTOR, changes={"permissions": {"audit.view": "tenant"}})
    fields[f"cell:{fine.pk}:project.view"] = "tenant"
    fields[f"cell:{stale.pk}:project.view"] = "tenant"
    for _ in range(2):
        response = send(admin, fields)
        assert response.status_code == 200
        text = response.content.decode()
        assert "Stale: Somebody changed this since you opened it" in text
        assert "Fine:" not in " ".join(response.context["refusals"])
        chosen = {
            cell.field: cell.chosen
            for group in response.context["groups"]
            for row in group.rows
            for cell in row.cells
        }
        assert {key: chosen[key] for key in fields if key in chosen} == {
            key: value for key, value in fields.items() if key in chosen
        }
    assert allowed(tenant, fine) == {}
    assert allowed(tenant, stale) == {"audit.view": "tenant"}
    assert entries(tenant, "role.update") == 0
    del fields[f"cell:{stale.pk}:project.view"]
    assert send(admin, fields).status_code == 302
    assert allowed(tenant, fine) == {"project.view": "tenant"}


def test_nobody_gives_by_the_matrix_what_they_do_not_hold(tenant: Tenant, person: Person) -> None:
    with tenant_scope(tenant):
        create_role(
            name="Role keeper",
            permissions={
                "admin_site.use": "tenant",
                "role.view": "tenant",
                "role.update": "tenant",
                "project.view": "tenant",
            },
            actor=ACTOR,
        )
    keeper = AdminClient(tenant, person(tenant, "custom-role-keeper"))
    target = own_role(tenant, "Target")
    fields = form_of(keeper, target)
    beyond = send(keeper, {**fields, f"cell:{target.pk}:audit.view": "tenant"})
    assert "allows what you may not do yourself: audit.view" in beyond.content.decode()
    assert allowed(tenant, target) == {}
    within = send(keeper, {**fields, f"cell:{target.pk}:project.view": "tenant"})
    assert within.status_code == 302
    assert allowed(tenant, target) == {"project.view": "tenant"}


def test_who_may_only_read_roles_is_offered_nothing_and_saves_nothing(
    tenant: Tenant, person: Person
) -> None:
    with tenant_scope(tenant):
        create_role(
            name="Reader",
            permissions={"admin_site.use": "tenant", "role.view": "tenant"},
            actor=ACTOR,
        )
    target = own_role(tenant, "Target")
    reader = AdminClient(tenant, person(tenant, "custom-reader"))
    page = reader.get(reverse(MATRIX), {"role": target.key})
    assert "cell:" not in page.content.decode()
    fields = form_of(AdminClient(tenant, person(tenant, "admin")), target)
    refused = send(reader, {**fields, f"cell:{target.pk}:role.view": "tenant"})
    assert refused.status_code == 403
    assert allowed(tenant, target) == {}


def test_the_platforms_roles_are_shown_and_stay(admin: AdminClient) -> None:
    with tenant_scope(admin.tenant):
        viewer = Role.objects.get(key="viewer")
    before = allowed(admin.tenant, viewer)
    response = admin.get(reverse(MATRIX), {"role": "viewer"})
    assert "cell:" not in response.content.decode()
    fields = {
        "shown": [str(viewer.pk)],
        f"revision:{viewer.pk}": 1,
        f"cell:{viewer.pk}:audit.view": "tenant",
    }
    refused = send(admin, fields)
    assert "The platform&#x27;s roles cannot be changed" in refused.content.decode()
    nonsense = send(admin, {**fields, f"cell:{viewer.pk}:audit.view": "nonsense"})
    assert nonsense.status_code == 200
    assert allowed(admin.tenant, viewer) == before


def test_what_is_inherited_stands_apart_with_its_source(admin: AdminClient) -> None:
    with tenant_scope(admin.tenant):
        middle = create_role(name="Middle", inherits=["viewer"], actor=ACTOR)
        heir = create_role(
            name="Heir",
            permissions={"project.view": "own"},
            inherits=[middle.key],
            actor=ACTOR,
        )
    response = admin.get(reverse(MATRIX), {"role": heir.key})
    cells = {
        row.permission.name: row.cells[0]
        for group in response.context["groups"]
        for row in group.rows
    }
    project = cells["project.view"]
    assert (project.chosen, project.inherited, project.source) == (
        "own",
        "tenant",
        "Middle → Viewer",
    )
    assert (cells["audit.view"].chosen, cells["audit.view"].inherited) == ("", "")
    assert "Inherited from Middle → Viewer" in response.content.decode()


def test_a_cell_offers_the_scopes_that_its_permission_has_here(
    acme: Tenant, operator: Tenant, person: Person
) -> None:
    for home, role in ((acme, "admin"), (operator, "operator")):
        target = own_role(home, "Target")
        client = AdminClient(home, person(home, role))
        response = client.get(reverse(MATRIX), {"role": target.key})
        offered = {
            row.permission.name: [value for value, _ in row.options if value]
            for group in response.context["groups"]
            for row in group.rows
        }
        possible = {
            each.name: [scope for scope in each.scopes if home == operator or scope != Scope.GLOBAL]
            for each in declared()
        }
        assert offered == {name: scopes for name, scopes in possible.items() if scopes}


def test_anothers_role_in_the_form_is_answered_like_one_that_is_gone(
    admin: AdminClient, globex: Tenant
) -> None:
    theirs = own_role(globex, "Theirs")
    fields = {
        "shown": [str(theirs.pk)],
        f"revision:{theirs.pk}": theirs.revision,
        f"cell:{theirs.pk}:project.view": "tenant",
    }
    answered = send(admin, fields)
    assert "is gone" in answered.content.decode()
    assert "Theirs" not in answered.content.decode()
    assert allowed(globex, theirs) == {}


def test_each_control_has_a_name_of_its_own(admin: AdminClient) -> None:
    roles = [own_role(admin.tenant, name) for name in ("One", "Two")]
    text = admin.get(reverse(MATRIX), {"role": [role.key for role in roles]}).content.decode()
    labels = re.findall(r'<select name="cell:[^"]*" aria-label="([^"]*)"', text)
    assert "One: project.view" in labels
    assert len(labels) == len(set(labels)) == text.count('<select name="cell:')


def test_many_roles_come_in_pages_and_cost_no_more_queries(
    admin: AdminClient, query_count: Any
) -> None:
    own_role(admin.tenant, "Role 000")
    few = query_count(lambda: admin.get(reverse(MATRIX)))
    for number in range(1, 30):
        own_role(admin.tenant, f"Role {number:03}", project__view="own")
    many = query_count(lambda: admin.get(reverse(MATRIX)))
    assert many == few
    first = admin.get(reverse(MATRIX))
    assert len(first.context["columns"]) == 8
    assert "Next roles" in first.content.decode()
    second = admin.get(reverse(MATRIX), {"page": 2})
    shown = {column.role.pk for column in first.context["columns"]}
    assert not shown & {column.role.pk for column in second.context["columns"]}
    all_keys = [f"custom-role-{number:03}" for number in range(30)]
    chosen = admin.get(reverse(MATRIX), {"role": all_keys})
    assert len(chosen.context["columns"]) == 12


def test_a_role_is_made_changed_and_removed(admin: AdminClient) -> None:
    tenant = admin.tenant
    with tenant_scope(tenant):
        viewer = Role.objects.get(key="viewer")
    made = admin.submit(
        "rbac_role_add", name="Auditor", description="Looks", inherits=[str(viewer.pk)]
    )
    assert made["Location"] == f"{reverse(MATRIX)}?role=custom-auditor"
    with tenant_scope(tenant):
        role = Role.objects.get(key="custom-auditor")
        assert list(RoleParent.objects.filter(role=role).values_list("parent__key")) == [
            ("viewer",)
        ]
    assert "project.view" in allowed(tenant, role)
    changed = {"name": "Reviewer", "description": "", "seen_revision": role.revision}
    assert admin.submit("rbac_role_change", role.pk, **changed).status_code == 302
    assert allowed(tenant, role) == {}
    assert "since you opened it" in errors_of(admin.submit("rbac_role_change", role.pk, **changed))
    assert admin.submit("rbac_role_delete", role.pk, post="yes").status_code == 302
    with tenant_scope(tenant):
        assert not Role.objects.filter(pk=role.pk).exists()
    for action in ("role.create", "role.update", "role.delete"):
        assert entries(tenant, action) == 1, action


def test_what_the_services_refuse_is_told(admin: AdminClient) -> None:
    tenant = admin.tenant
    taken = errors_of(admin.submit("rbac_role_add", name="Viewer"))
    assert "There is a role called" in taken
    parent = own_role(tenant, "Parent")
    with tenant_scope(tenant):
        heir = create_role(name="Heir", inherits=[parent.key], actor=ACTOR)
    circle = {"name": "Parent", "seen_revision": 1, "inherits": [str(heir.pk)]}
    assert "inherit from itself" in errors_of(admin.submit("rbac_role_change", parent.pk, **circle))
    in_use = admin.post(
        reverse("admin:rbac_role_delete", args=[parent.pk]), {"post": "yes"}, follow=True
    )
    assert "1 roles inherit from it" in in_use.content.decode()
    with tenant_scope(tenant):
        assert Role.objects.filter(pk=parent.pk).exists()
        viewer = Role.objects.get(key="viewer")
    fixed = {"name": "Mine", "seen_revision": viewer.revision}
    assert admin.submit("rbac_role_change", viewer.pk, **fixed).status_code == 403
    assert admin.submit("rbac_role_delete", viewer.pk, post="yes").status_code == 403
