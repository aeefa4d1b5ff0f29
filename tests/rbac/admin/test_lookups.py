"""No page of the admin can be asked about a column that it does not show."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import RequestFactory
from django.urls import reverse

from iac_platform.admin.site import site
from rbac.models import ApiToken
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api.resources import declared
from tests.conftest import ACTOR
from tests.rbac.admin.test_permission_matrix import model_admins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model
    from django.http import HttpRequest

    from rbac.models import User
    from tenants.models import Tenant
    from tests.conftest import Person

_LOOKUPS = (
    *("", "exact", "iexact", "contains", "icontains", "startswith", "endswith", "regex", "iregex"),
    *("gt", "gte", "lt", "lte", "in", "range", "isnull", "year", "date", "id", "pk", "has_key"),
)


def _of_dates(name: str) -> set[str]:
    return {f"{name}__gte", f"{name}__lt"}


def _of_choices(*names: str) -> set[str]:
    return {f"{name}__{lookup}" for name in names for lookup in ("exact", "isnull")}


# Every parameter by which a list can be narrowed. Add one only when whoever may see the
# list may know the column: each is a question that the page answers.
OFFERED = {
    "rbac.user": {*_of_choices("kind", "is_active"), "role"},
    "rbac.role": _of_choices("is_custom"),
    "rbac.rolegrant": {"role", "holder", "limited", "ends", "delegated"},
    "rbac.team": set(),
    "rbac.apitoken": {*_of_dates("revoked_at"), "revoked_at__isnull", *_of_dates("created_at")},
    "rbac.supportaccess": _of_dates("created_at"),
    "rbac.invitation": _of_dates("created_at"),
    "rbac.auditentry": {"resource", "actor", "created_at_from", "created_at_to"},
    "tenants.tenant": {
        *_of_choices("tier", "status", "placement__kind"),
        *("plan__key__exact", "plan__isnull"),
    },
    "tenants.serviceplan": set(),
    "quotas.usagecounter": set(),
    "tenants.placement": _of_choices("kind", "status"),
    "tenants.operation": _of_choices("kind", "status"),
    "tenants.migrationrun": _of_choices("status"),
    "tenants.domain": _of_choices("is_primary"),
    "catalog.project": _of_dates("created_at"),
    "catalog.blueprint": {"project__id__exact", "project__isnull", *_of_dates("updated_at")},
    "catalog.blueprintversion": {
        *("blueprint__project__id__exact", "blueprint__project__isnull"),
        *_of_dates("created_at"),
    },
    **declared("ADMIN_FILTERS"),
}


def _paths(model: type[Model], depth: int) -> Iterator[str]:
    """The names of all columns and relations, those of related tables too."""
    for field in model._meta.get_fields():
        yield field.name
        related: Any = field.related_model
        if depth > 1 and related is not None and not isinstance(related, str):
            yield from (f"{field.name}__{rest}" for rest in _paths(related, depth - 1))


def _asked(model: type[Model], depth: int) -> Iterator[str]:
    columns = (*_paths(model, depth), "pk")
    for path, lookup in product(columns, _LOOKUPS):
        yield f"{path}__{lookup}" if lookup else path


def _request(user: User, **query: str) -> HttpRequest:
    request = RequestFactory().get("/", query)
    request.user = user
    request.session = {}  # type: ignore[assignment]  # enough for messages
    setattr(request, "_messages", FallbackStorage(request))  # noqa: B010  # as the middleware does
    return request


@pytest.fixture(params=["tenant", "operator"])
def reader(request: pytest.FixtureRequest, acme: Tenant, operator: Tenant, person: Person) -> User:
    """Who may see most at each of the two sites."""
    if request.param == "tenant":
        return person(acme, "admin")
    return person(operator, "operator")


@pytest.fixture
def scope(reader: User, acme: Tenant, operator: Tenant) -> Iterator[Tenant]:
    tenant = acme if reader.tenant_id == acme.pk else operator
    with tenant_scope(tenant):
        yield tenant


def test_every_list_is_narrowed_by_what_it_declares_and_nothing_else(
    reader: User,
    scope: Tenant,  # noqa: ARG001  # rows are asked for
    subtests: pytest.Subtests,
) -> None:
    assert {admin.opts.label_lower for admin in model_admins()} == set(OFFERED)
    for admin in model_admins():
        label = admin.opts.label_lower
        request = _request(reader)
        asked = set(_asked(admin.model, 3))
        with subtests.test(label):
            assert len(asked) > 100
            allowed = {each for each in asked if admin.lookup_allowed(each, "a", request)}
            assert allowed == asked & OFFERED[label]
            assert all(admin.lookup_allowed(each, "a", request) for each in OFFERED[label])


def test_every_relation_of_every_list_is_refused(
    reader: User,
    scope: Tenant,  # noqa: ARG001  # rows are asked for
    subtests: pytest.Subtests,
) -> None:
    for admin in model_admins():
        label = admin.opts.label_lower
        with subtests.test(label):
            for path in set(_paths(admin.model, 2)):
                for lookup in ("startswith", "regex", "year"):
                    with pytest.raises(DisallowedModelAdminLookup, match="Filtering by"):
                        admin.get_changelist_instance(
                            _request(reader, **{f"{path}__{lookup}": "("})
                        )
            # What the page offers is answered, or told to be no value of it.
            for each in OFFERED[label]:
                try:
                    admin.get_changelist_instance(_request(reader, **{each: "1"}))
                except IncorrectLookupParameters:
                    continue


@pytest.mark.parametrize(
    ("name", "lookup"),
    [
        ("catalog_blueprint_changelist", "project__created_by__password__startswith"),
        ("catalog_blueprint_changelist", "project__created_by__api_tokens__digest__startswith"),
        ("catalog_blueprintversion_changelist", "blueprint__project__created_by__password__regex"),
        ("catalog_project_changelist", "created_at__regex"),
        ("catalog_project_changelist", "created_at__year"),
        ("rbac_apitoken_changelist", "created_at__regex"),
    ],
)
def test_a_password_hash_cannot_be_read_by_filters(
    acme: Tenant, person: Person, name: str, lookup: str
) -> None:
    client = AdminClient(acme, person(acme, "admin"))
    answers = [
        client.get(reverse(f"admin:{name}"), {lookup: guess})
        for guess in ("md5$", "argon2$", "(", "9" * 20)
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1
    assert "choose from the filters" in answers[0].content.decode()
    assert client.page(name, created_at__gte="2020-01-01")[0] if "project_" in name else True


def test_no_search_finds_a_secret(reader: User, scope: Tenant, subtests: pytest.Subtests) -> None:
    secretive = create_user(username="sam", password="a-long-unguessable-phrase", actor=ACTOR)
    token, secret = create_token(secretive, name="pipeline", actor=ACTOR)
    digest = str(ApiToken.objects.values_list("digest", flat=True).get(pk=token.pk))
    client = AdminClient(scope, reader)
    found = client.get(reverse("admin:rbac_user_changelist"), {"q": "sam"}).context["cl"]
    assert found.result_count == 1
    for admin in model_admins():
        if not admin.search_fields or admin.changelist_view is None:
            continue
        with subtests.test(admin.opts.label_lower):
            for known in (secretive.password[:24], digest[:16], secret[-20:]):
                lists = admin.get_changelist_instance(_request(reader, q=known))
                assert lists.result_count == 0


def test_lists_are_ordered_by_columns_that_they_show(
    reader: User,
    scope: Tenant,  # noqa: ARG001  # rows are asked for
) -> None:
    through = set()
    for admin in model_admins():
        lists = admin.get_changelist_instance(_request(reader))
        names = {lists.get_ordering_field(name) for name in lists.list_display}
        through |= {f"{admin.opts.label_lower}.{name}" for name in names if name and "__" in name}
        known = {field.name for field in admin.model._meta.get_fields()}
        annotated = set(lists.queryset.query.annotations)
        assert {name for name in names if name and "__" not in name} <= known | annotated
    assert through == {"rbac.rolegrant.role__name"}


def test_only_what_a_form_completes_can_be_completed(
    acme: Tenant, operator: Tenant, person: Person
) -> None:
    address = reverse("admin:autocomplete")
    at_home = AdminClient(acme, person(acme, "admin"))
    operators = AdminClient(operator, person(operator, "operator"))
    answered = []
    for admin in model_admins():
        opts = admin.opts
        for field in opts.get_fields():
            query = {
                "app_label": opts.app_label,
                "model_name": opts.model_name,
                "field_name": field.name,
                "term": "",
            }
            statuses = [client.get(address, query).status_code for client in (at_home, operators)]
            assert set(statuses) <= {200, 403, 404}
            if 200 in statuses:
                answered.append((opts.label_lower, field.name, statuses))
    assert answered == [("tenants.domain", "tenant", [403, 200])]


@pytest.mark.parametrize("column", ["password", "email", "username", "tenant", "tenant_id"])
def test_objects_are_named_by_their_key_alone(acme: Tenant, person: Person, column: str) -> None:
    user = person(acme, "admin")
    client = AdminClient(acme, user)
    page = reverse("admin:rbac_user_change", args=[user.pk])
    for address in (reverse("admin:rbac_user_changelist"), page):
        for extra in ({}, {"_popup": "1"}):
            assert client.get(address, {"_to_field": column, **extra}).status_code == 400
            assert client.get(address, {"_to_field": "id", **extra}).status_code == 200


def test_no_list_takes_an_action(reader: User, scope: Tenant) -> None:
    client = AdminClient(scope, reader)
    with tenant_scope(scope):
        before = ApiToken.objects.count()
    for model in (type(reader), ApiToken):
        opts = model._meta
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        chosen = {"action": "delete_selected", "_selected_action": str(reader.pk), "post": "yes"}
        assert client.post(address, chosen).status_code == 200
        assert site.get_model_admin(model).get_actions(_request(reader)) == {}
    with tenant_scope(scope):
        assert type(reader).objects.filter(pk=reader.pk).exists()
        assert ApiToken.objects.count() == before
