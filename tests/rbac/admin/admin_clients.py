"""A desk at which forms of the admin are filled in, and everything is undone."""

from __future__ import annotations

import re
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from django import forms
from django.db import models, transaction
from django.template.response import SimpleTemplateResponse
from django.urls import reverse

from rbac.models import Role
from rbac.services.roles import create_role
from tenants.context import tenant_scope
from tenants.models import ServicePlan, Tenant
from tests.admin_client import AdminClient
from tests.api.people import People
from tests.conftest import ACTOR
from tests.rbac.admin.acts import ACTS, Act, Address
from tests.smuggled import MARK, MOMENT, smuggled
from tests.snapshots import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.fixtures import Fixture
    from tests.conftest import Rivals

# What no two runs have in common, unless it was there before or was smuggled in.
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*(?:\+\d\d:\d\d)?"
_SECRET = r'"(?:password|prefix|digest|challenge)":"[^"]*"'
_NAME = r"iac_\w+|support:[\w-]+:\w+"  # of tokens, and of the operator's staff
_SEALED = r"\\\\x[0-9a-f]+"  # bytes in JSON; never the same twice
_VARYING = re.compile(f"{_UUID}|{_TIME}|{_SECRET}|{_NAME}|{_SEALED}")
_SERIAL = re.compile(r'"id":\d+|"request_id":"[^"]*"')


class AdminClients:
    """Where somebody with full rights fills in forms, and everything is undone."""

    def __init__(self, rivals: Rivals, operator: Tenant) -> None:
        self.people, self.victim = People(rivals.attacker), People(rivals.victim)
        self.fixture = self.people.fixture("admin", own=False)
        self.theirs = self.victim.fixture("admin", own=False)
        self.own = AdminClient(rivals.attacker, self.people.user("admin"))
        self.operators = AdminClient(operator, People(operator).user("operator"))
        with tenant_scope(operator):
            self.plan = ServicePlan.objects.create(key="spare", name="Spare")
        with tenant_scope(rivals.attacker):
            self.role = create_role(name="Spare role", actor=ACTOR)
        self.added = smuggled(rivals.victim)
        self.untouched = rows(rivals.attacker)
        self.known = " ".join(text for _, text in self.untouched)

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
            return self.fixture.failed.pk
        if address.name == "catalog_project_delete":
            return self.fixture.empty_project.pk
        spare = {ServicePlan: self.plan, Tenant: self.fixture.tenant, Role: self.role}
        known = {**objects_of(self.fixture), **spare}
        found = known.get(address.model)
        return uuid.uuid4() if found is None else found.pk

    @contextmanager
    def undone(self, address: Address) -> Iterator[None]:
        """Prepare the act, and undo all that was done."""
        with transaction.atomic():
            if address.name in ACTS:
                ACTS[address.name].prepare(self.fixture)
            yield
            transaction.set_rollback(True)

    def filled(self, address: Address) -> tuple[dict[str, Any], Any]:
        """What a browser sends when the form is filled in, and the form, if there is one."""
        with without_html():
            response = self.client(address).get(self.path(address))
        form = form_on(response)
        data = {} if form is None else _shown(form)
        act = ACTS.get(address.name, Act())
        return {"post": "yes", **data, **act.values(self.fixture)}, form

    def outcome(
        self, address: Address, data: dict[str, Any], extra: dict[str, Any]
    ) -> tuple[int, list[tuple[str, str]]]:
        """The status of the answer, and the rows that came and went, in comparable words."""
        with self.undone(address):
            prepares = ACTS.get(address.name, Act()).prepares
            before = rows(self.fixture.tenant) if prepares else self.untouched
            response = self.client(address).post(self.path(address), {**extra, **data})
            after = rows(self.fixture.tenant)
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


def objects_of(fixture: Fixture) -> dict[Any, Any]:
    """One object of each model, in the order of the fixture's fields."""
    found: dict[Any, Any] = {}
    for value in fixture.objects().values():
        found.setdefault(type(value), value)
    return found


@contextmanager
def without_html() -> Iterator[None]:
    """Ask for pages without their HTML, which takes most of the time: the form is what counts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimpleTemplateResponse, "rendered_content", "")
        yield


def form_on(response: Any) -> Any:
    context = getattr(response, "context_data", None) or response.context or {}
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
