"""A form of the admin changes what it shows, and nothing that was added to what it sends.

Every address of the site is posted to: those that act, with a valid form and with the same
form and more; all others, with whatever could be meant. What a browser would send is read off
each page, so a new field is swept the day it appears.
"""

from __future__ import annotations

import re
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django import forms
from django.apps import apps
from django.db import models, transaction
from django.urls import reverse

from iac_platform.admin.site import site
from rbac.models import Role, RoleGrant, User
from tenants.context import tenant_scope
from tenants.models import Placement, PlacementKind, Plan, Tenant, TenantStatus, Tier
from tenants.services.lifecycle import operators_scope
from tests.admin_client import AdminClient
from tests.api.people import People
from tests.api.samples.tenants import (
    close_for_deletion,
    end_moves,
    have_wait_for_an_admin,
)
from tests.api.zone import PUBLISHED
from tests.smuggled import MARK, MOMENT, smuggled
from tests.snapshots import changed, rows, snapshot
from tests.tenants.domains.dns_server import DnsServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import Settings

    from tests.api.estates import Estate
    from tests.conftest import Rivals

PASSWORD = "tangerine-orbit-42"
PASSWORDS = {"password": PASSWORD, "password_again": PASSWORD}
# What no two runs have in common, unless it was there before or was smuggled in.
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*(?:\+\d\d:\d\d)?"
_SECRET = r'"(?:password|prefix|digest|challenge)":"[^"]*"'
_NAME = r"iac_\w+|support:[\w-]+:\w+"  # of tokens, and of the operator's staff
_VARYING = re.compile(f"{_UUID}|{_TIME}|{_SECRET}|{_NAME}")
_SERIAL = re.compile(r'"id":\d+|"request_id":"[^"]*"')


def _viewer(estate: Estate) -> str:
    with tenant_scope(estate.tenant):
        return str(Role.objects.get(key="viewer").pk)


def _target(estate: Estate) -> dict[str, Any]:
    if estate.tenant.tier == Tier.STANDARD:
        return {"target": ""}  # a placement of its own
    return {"target": Placement.objects.filter(kind=PlacementKind.POOL)[0].schema_name}


def _suspend(estate: Estate) -> None:
    with operators_scope():
        Tenant.objects.filter(pk=estate.tenant.pk).update(status=TenantStatus.SUSPENDED)


def _without_admins(estate: Estate) -> None:
    with tenant_scope(estate.tenant):
        RoleGrant.objects.filter(role__key="admin").delete()


def _nothing(_: Estate) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Act:
    """What fills a form in so that it is accepted.

    Attributes:
        values: of the fields whose value on the page is not one to send.
        operator: whether the operator's own people do it, at their host.
        prepare: what must be done to an estate first.
    """

    values: Callable[[Estate], dict[str, Any]] = _nothing
    operator: bool = False
    prepare: Callable[[Estate], Any] = _nothing


ACTS = {
    "rbac_user_add": Act(
        lambda estate: {"username": "grace", "roles": [_viewer(estate)], **PASSWORDS}
    ),
    "rbac_user_change": Act(lambda _: {"full_name": "Grace Hopper"}),
    "rbac_user_set_password": Act(lambda _: PASSWORDS),
    "rbac_apitoken_add": Act(lambda _: {"name": "deployments"}),
    "rbac_apitoken_revoke": Act(),
    "rbac_supportaccess_revoke": Act(),
    "tenants_domain_add": Act(lambda _: {"domain": "infra.initech.example"}),
    "tenants_domain_check_dns": Act(),
    "tenants_domain_delete": Act(),
    "tenants_domain_verify": Act(operator=True),
    "catalog_project_add": Act(lambda _: {"name": "Warehouse"}),
    "catalog_project_change": Act(lambda _: {"name": "Renamed"}),
    "catalog_project_delete": Act(),
    "catalog_blueprint_change": Act(lambda _: {"name": "Renamed"}),
    "catalog_blueprint_delete": Act(),
    "tenants_tenant_add": Act(lambda _: {"name": "Initech", "slug": "initech"}, operator=True),
    "tenants_tenant_change": Act(lambda _: {"name": "Renamed"}, operator=True),
    "tenants_tenant_add_admin": Act(
        lambda _: {"username": "first"}, operator=True, prepare=_without_admins
    ),
    "tenants_tenant_invite": Act(operator=True, prepare=have_wait_for_an_admin),
    "tenants_tenant_support": Act(lambda _: {"reason": "The import fails"}, operator=True),
    "tenants_tenant_set_limits": Act(lambda _: {"confirm": "on", "limit_users": 7}, operator=True),
    "tenants_tenant_move": Act(_target, operator=True, prepare=end_moves),
    "tenants_tenant_change_slug": Act(lambda _: {"slug": "other"}, operator=True),
    "tenants_tenant_suspend": Act(operator=True),
    "tenants_tenant_reactivate": Act(operator=True, prepare=_suspend),
    "tenants_tenant_request_deletion": Act(
        lambda estate: {"slug": estate.tenant.slug}, operator=True
    ),
    "tenants_tenant_restore": Act(operator=True, prepare=close_for_deletion),
    "tenants_plan_add": Act(lambda _: {"key": "gold", "name": "Gold"}, operator=True),
    "tenants_plan_change": Act(lambda _: {"name": "Renamed"}, operator=True),
    "tenants_plan_delete": Act(operator=True),
    "tenants_operation_retry": Act(operator=True),
    "tenants_operation_cancel": Act(operator=True),
}


# --- Every address of the site ----------------------------------------------------------
class Address(NamedTuple):
    """One address of a model's admin.

    Attributes:
        name: as in ``ACTS``.
        model: whose admin it is.
        takes_id: whether it names an object.
    """

    name: str
    model: type[models.Model]
    takes_id: bool


def addresses() -> list[Address]:
    registered = [model for model in apps.get_models() if site.is_registered(model)]
    return [
        Address(str(pattern.name), model, "object_id" in pattern.pattern.converters)
        for model in registered
        for pattern in site.get_model_admin(model).get_urls()
        if pattern.name
    ]


def test_every_form_that_acts_is_one_of_the_site() -> None:
    assert ACTS.keys() <= {address.name for address in addresses()}


# --- Posting ----------------------------------------------------------------------------
class Desk:
    """Where somebody with full rights fills in forms, and everything is undone."""

    def __init__(self, rivals: Rivals, operator: Tenant) -> None:
        self.people, self.victim = People(rivals.attacker), People(rivals.victim)
        self.estate = self.people.estate("admin", own=False)
        self.theirs = self.victim.estate("admin", own=False)
        self.own = AdminClient(rivals.attacker, self.people.user("admin"))
        self.operators = AdminClient(operator, People(operator).user("operator"))
        with tenant_scope(operator):
            self.plan = Plan.objects.create(key="spare", name="Spare")
        self.added = smuggled(rivals.victim)
        self.known = " ".join(text for _, text in rows(rivals.attacker))

    def client(self, address: Address) -> AdminClient:
        """Who may see what the address is about."""
        act = ACTS.get(address.name)
        is_shared = (
            address.model._meta.app_label == "tenants" and address.model.__name__ != "Domain"
        )
        return self.operators if is_shared or (act and act.operator) else self.own

    def path(self, address: Address) -> str:
        """The address, of an object that the act can be done to."""
        return reverse(
            f"admin:{address.name}", args=[self._id(address)] if address.takes_id else []
        )

    def _id(self, address: Address) -> Any:
        if address.name == "tenants_operation_retry":
            return self.estate.failed.pk
        if address.name == "catalog_project_delete":
            return self.estate.empty_project.pk
        known = {Plan: self.plan, Tenant: self.estate.tenant, **_objects(self.estate)}
        found = known.get(address.model)
        return uuid.uuid4() if found is None else found.pk

    @contextmanager
    def undone(self, address: Address) -> Iterator[None]:
        """Prepare the act, and undo all that was done."""
        with transaction.atomic():
            if address.name in ACTS:
                ACTS[address.name].prepare(self.estate)
            yield
            transaction.set_rollback(True)

    def filled(self, address: Address) -> tuple[dict[str, Any], Any]:
        """What a browser sends when the form is filled in, and the form, if there is one."""
        response = self.client(address).get(self.path(address))
        form = _form_on(response)
        data = {} if form is None else _shown(form)
        act = ACTS.get(address.name, Act())
        return {"post": "yes", **data, **act.values(self.estate)}, form

    def outcome(self, address: Address, extra: dict[str, Any]) -> tuple[int, list[tuple[str, str]]]:
        """The status of the answer, and the rows that came and went, in comparable words."""
        with self.undone(address):
            data, _ = self.filled(address)
            before = rows(self.estate.tenant)
            response = self.client(address).post(self.path(address), {**extra, **data})
            after = rows(self.estate.tenant)
        gone = [(f"- {table}", self._words(text)) for table, text in before - after]
        came = [(f"+ {table}", self._words(text)) for table, text in after - before]
        return response.status_code, sorted([*gone, *came])

    def _words(self, text: str) -> str:
        """A row, without what is new in every run."""

        def plain(match: re.Match[str]) -> str:
            found = match.group()
            kept = found in self.known or MARK in found or MOMENT[:10] in found
            return found if kept else "<new>"

        return _SERIAL.sub("<serial>", _VARYING.sub(plain, text))


def _objects(estate: Estate) -> dict[Any, Any]:
    """One object of each model, in the order of the estate's fields."""
    found: dict[Any, Any] = {}
    for field in fields(estate):
        value = getattr(estate, field.name)
        if isinstance(value, models.Model):
            found.setdefault(type(value), value)
    return found


def _form_on(response: Any) -> Any:
    context = getattr(response, "context", None) or {}
    if "adminform" in context:
        form = context["adminform"].form
        return form if form.fields else None
    return context.get("form") if isinstance(context.get("form"), forms.BaseForm) else None


def _shown(form: Any) -> dict[str, Any]:
    """The fields of a form as a browser sends them back untouched."""
    values = {bound.html_name: bound.value() for bound in form}
    return {name: _typed(value) for name, value in values.items() if value not in (None, False)}


def _typed(value: Any) -> Any:
    if isinstance(value, list | models.QuerySet):
        return [getattr(each, "pk", each) for each in value]
    return "on" if value is True else value


@pytest.fixture
def desk(rivals: Rivals, operator: Tenant, settings: Settings) -> Iterator[Desk]:
    with DnsServer(PUBLISHED) as server:
        settings.DNS_NAMESERVERS = [server.address]
        yield Desk(rivals, operator)


# --- What an attacker adds --------------------------------------------------------------
def _extras(desk: Desk, model: type[models.Model]) -> dict[str, Any]:
    """Everything that could be meant: the usual names, and each field of the model."""
    extras = {name: "on" if value is True else str(value) for name, value in desk.added.items()}
    for field in model._meta.concrete_fields:
        value = _plausible(desk, field)
        extras |= {field.name: value, field.attname: value}
        if isinstance(field, models.DateTimeField):
            extras |= {f"{field.name}_0": MOMENT[:10], f"{field.name}_1": MOMENT[11:19]}
    return {**extras, "action": "delete_selected", "_selected_action": "1"}


def _plausible(desk: Desk, field: Any) -> Any:
    if field.is_relation and issubclass(field.related_model, User):
        return str(desk.theirs.owner.pk)
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.IntegerField):
        return "7"
    if isinstance(field, models.UUIDField) or field.is_relation:
        return str(desk.theirs.tenant.pk)
    if isinstance(field, models.DateTimeField):
        return MOMENT
    return MARK


def _undeclared(desk: Desk, address: Address, form: Any) -> dict[str, Any]:
    """The extras that are no fields of the form, nor parts of one."""
    names = [] if form is None else [bound.html_name for bound in form]
    return {
        name: value
        for name, value in _extras(desk, address.model).items()
        if name not in names and re.sub(r"_\d$", "", name) not in names
    }


def test_a_form_changes_nothing_but_what_it_shows(desk: Desk, subtests: pytest.Subtests) -> None:
    for address in addresses():
        if address.name not in ACTS:
            continue
        with subtests.test(address.name):
            with desk.undone(address):
                _, form = desk.filled(address)
            twin = desk.outcome(address, {})
            assert twin[1], f"it does nothing: {twin}"
            assert desk.outcome(address, _undeclared(desk, address, form)) == twin


def test_no_other_address_changes_anything(desk: Desk, subtests: pytest.Subtests) -> None:
    for address in addresses():
        if address.name in ACTS:
            continue
        with subtests.test(address.name):
            _, form = desk.filled(address)
            assert form is None, "it has a form: show in ACTS how it is filled in"
            assert not desk.outcome(address, _extras(desk, address.model))[1]


def test_a_page_of_changes_makes_no_copies(desk: Desk, subtests: pytest.Subtests) -> None:
    for address in addresses():
        if address.name.endswith("_change"):
            with subtests.test(address.name):
                status, difference = desk.outcome(address, {"_saveasnew": "1"})
                assert (status, difference) in ((403, []), (404, []))


def test_a_choice_is_one_of_those_offered(desk: Desk, subtests: pytest.Subtests) -> None:
    tried = set()
    for address in addresses():
        if address.name not in ACTS:
            continue
        with desk.undone(address):
            data, form = desk.filled(address)
        for bound in form or ():
            if not isinstance(bound.field, forms.ChoiceField | forms.ModelChoiceField):
                continue
            if getattr(getattr(bound.field, "queryset", None), "model", None) is Tenant:
                continue  # the operator names any tenant
            tried.add((address.name, bound.html_name))
            with subtests.test(address.name, field=bound.html_name):
                for value in _of_another(desk):
                    _assert_refused(desk, address, {**data, bound.html_name: value})
    assert ("rbac_user_change", "roles") in tried


def _of_another(desk: Desk) -> list[str]:
    ids = [str(each.pk) for each in _objects(desk.theirs).values()]
    return [*ids, desk.theirs.tenant.slug, desk.theirs.owner.username, "operator", MARK]


def _assert_refused(desk: Desk, address: Address, data: dict[str, Any]) -> None:
    with desk.undone(address):
        before = snapshot(desk.estate.tenant)
        response = desk.client(address).post(desk.path(address), data)
        assert not changed(before, snapshot(desk.estate.tenant))
    assert response.status_code == 200
    assert _form_on(response).errors
