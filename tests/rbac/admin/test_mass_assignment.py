"""A form of the admin changes what it shows, and nothing that was added to what it sends.

Every address of the site is posted to: those that act, with a valid form and with the same
form and more; all others, with whatever could be meant. What a browser would send is read off
each page, so a new field is swept the day it appears.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

from rbac.models import User
from tenants.models import Tenant
from tests.rbac.admin.acts import ACTS, Address, addresses
from tests.rbac.admin.admin_clients import form_on, objects_of
from tests.smuggled import MARK, MOMENT
from tests.snapshots import changed, snapshot
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    import pytest

    from tests.rbac.admin.admin_clients import AdminClients


def test_every_form_that_acts_is_one_of_the_site() -> None:
    assert ACTS.keys() <= {address.name for address in addresses()}


# --- What an attacker adds --------------------------------------------------------------
def _extras(admin_clients: AdminClients, model: type[models.Model]) -> dict[str, Any]:
    """Everything that could be meant: the usual names, and each field of the model."""
    extras = {
        name: "on" if value is True else str(value) for name, value in admin_clients.added.items()
    }
    for field in model._meta.concrete_fields:
        value = _plausible(admin_clients, field)
        extras |= {field.name: value, field.attname: value}
        if isinstance(field, models.DateTimeField):
            extras |= {f"{field.name}_0": MOMENT[:10], f"{field.name}_1": MOMENT[11:19]}
    return {**extras, "action": "delete_selected", "_selected_action": "1"}


def _plausible(admin_clients: AdminClients, field: Any) -> Any:
    if field.is_relation and issubclass(field.related_model, User):
        return str(admin_clients.theirs.owner.pk)
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.IntegerField):
        return "7"
    if isinstance(field, models.UUIDField) or field.is_relation:
        return str(admin_clients.theirs.tenant.pk)
    if isinstance(field, models.DateTimeField):
        return MOMENT
    return MARK


def _undeclared(admin_clients: AdminClients, address: Address, form: Any) -> dict[str, Any]:
    """The extras that are no fields of the form, nor parts of one."""
    names = [] if form is None else [bound.html_name for bound in form]
    return {
        name: value
        for name, value in _extras(admin_clients, address.model).items()
        if name not in names and re.sub(r"_\d$", "", name) not in names
    }


@an_attacker_in_each_tier
def test_a_form_changes_nothing_but_what_it_shows(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    for address in addresses():
        if address.name not in ACTS:
            continue
        with subtests.test(address.name):
            with admin_clients.undone(address):
                _, form = admin_clients.filled(address)
            twin = admin_clients.outcome(address, {})
            assert twin[1], f"it does nothing: {twin}"
            assert admin_clients.outcome(address, _undeclared(admin_clients, address, form)) == twin


@an_attacker_in_each_tier
def test_no_other_address_changes_anything(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    for address in addresses():
        if address.name in ACTS:
            continue
        with subtests.test(address.name):
            _, form = admin_clients.filled(address)
            assert form is None, "it has a form: show in ACTS how it is filled in"
            assert not admin_clients.outcome(address, _extras(admin_clients, address.model))[1]


@an_attacker_in_each_tier
def test_a_page_of_changes_makes_no_copies(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    for address in addresses():
        if address.name.endswith("_change"):
            with subtests.test(address.name):
                status, difference = admin_clients.outcome(address, {"_saveasnew": "1"})
                assert (status, difference) in ((403, []), (404, []))


def test_a_choice_is_one_of_those_offered(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    tried = set()
    for address in addresses():
        if address.name not in ACTS:
            continue
        with admin_clients.undone(address):
            data, form = admin_clients.filled(address)
        for bound in form or ():
            if not isinstance(bound.field, forms.ChoiceField | forms.ModelChoiceField):
                continue
            if getattr(getattr(bound.field, "queryset", None), "model", None) is Tenant:
                continue  # the operator names any tenant
            tried.add((address.name, bound.html_name))
            with subtests.test(address.name, field=bound.html_name):
                for value in _of_another(admin_clients):
                    _assert_refused(admin_clients, address, {**data, bound.html_name: value})
    assert ("rbac_user_change", "roles") in tried


def _of_another(admin_clients: AdminClients) -> list[str]:
    ids = [str(each.pk) for each in objects_of(admin_clients.theirs).values()]
    return [
        *ids,
        admin_clients.theirs.tenant.slug,
        admin_clients.theirs.owner.username,
        "operator",
        MARK,
    ]


def _assert_refused(admin_clients: AdminClients, address: Address, data: dict[str, Any]) -> None:
    with admin_clients.undone(address):
        before = snapshot(admin_clients.fixture.tenant)
        response = admin_clients.client(address).post(admin_clients.path(address), data)
        assert not changed(before, snapshot(admin_clients.fixture.tenant))
    assert response.status_code == 200
    assert form_on(response).errors
