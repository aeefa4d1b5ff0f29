"""A form of the admin changes what it shows, and nothing that was added to what it sends.

Every address of the site is posted to: those that act, with a valid form and with the same
form and more; all others, with whatever could be meant. What a browser would send is read off
each page, so a new field is swept the day it appears.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

from rbac.models import User
from tenants.models import Tenant, Tier
from tests.rbac.admin.acts import ACTS, Address, addresses
from tests.rbac.admin.admin_clients import form_on, objects_of, without_html
from tests.sampling import FULL, leave_out, sampled
from tests.smuggled import MARK, MOMENT
from tests.snapshots import changed, snapshot
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    import pytest

    from tests.rbac.admin.admin_clients import AdminClients


def test_every_form_that_acts_is_one_of_the_site() -> None:
    assert ACTS.keys() <= {address.name for address in addresses()}


AT_ENTERPRISE = sampled(
    "addresses of the admin that are sent more than they show at an enterprise tenant: one a"
    " model and whether it acts (all at a standard one)",
    addresses(),
    by=lambda address: (address.model, address.name in ACTS, address.name.endswith("_change")),
)


def _to_try(admin_clients: AdminClients) -> list[Address]:
    standard = admin_clients.fixture.tenant.tier == Tier.STANDARD
    return addresses() if standard else AT_ENTERPRISE


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
    for address in _to_try(admin_clients):
        if address.name not in ACTS:
            continue
        with subtests.test(address.name):
            with admin_clients.undone(address):
                data, form = admin_clients.filled(address)
            twin = admin_clients.outcome(address, data, {})
            assert twin[1], f"it does nothing: {twin}"
            extra = _undeclared(admin_clients, address, form)
            assert admin_clients.outcome(address, data, extra) == twin


@an_attacker_in_each_tier
def test_no_other_address_changes_anything(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    for address in _to_try(admin_clients):
        if address.name in ACTS:
            continue
        with subtests.test(address.name):
            data, form = admin_clients.filled(address)
            assert form is None, "it has a form: show in ACTS how it is filled in"
            extra = _extras(admin_clients, address.model)
            assert not admin_clients.outcome(address, data, extra)[1]


@an_attacker_in_each_tier
def test_a_page_of_changes_makes_no_copies(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    for address in _to_try(admin_clients):
        if address.name.endswith("_change"):
            with subtests.test(address.name):
                data, _ = admin_clients.filled(address)
                status, difference = admin_clients.outcome(address, data, {"_saveasnew": "1"})
                assert (status, difference) == (403, [])


def test_a_choice_is_one_of_those_offered(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    tried, kinds = set(), set[Hashable]()
    for address in addresses():
        if address.name not in ACTS:
            continue
        with subtests.test(address.name), admin_clients.undone(address):
            data, form = admin_clients.filled(address)
            before = snapshot(admin_clients.fixture.tenant)
            for name, field in _choices(form):
                tried.add((address.name, name))
                first, kinds = _kind(field) not in kinds, kinds | {_kind(field)}
                for value in _to_choose(admin_clients, field, first=first):
                    _assert_refused(admin_clients, address, {**data, name: value})
            assert not changed(before, snapshot(admin_clients.fixture.tenant))
    assert ("rbac_user_change", "roles") in tried
    leave_out(
        "choices in forms that are offered all that another tenant has: one a kind of choice, in"
        " one pool (the others what they mean)",
        3 * (len(tried) - len(kinds)),
    )


def _to_choose(admin_clients: AdminClients, field: Any, *, first: bool) -> list[str]:
    """What another tenant has: all of it for the first field of a kind, in one pool."""
    in_one_pool = _in_one_pool(admin_clients)
    if FULL or in_one_pool or first:
        return _of_another(admin_clients, field, every=FULL or (in_one_pool and first))
    return []


def _kind(field: Any) -> Hashable:
    """What offers rows of the same model, or choices of the same class."""
    return type(field), _chosen(field)


def _in_one_pool(admin_clients: AdminClients) -> bool:
    own, theirs = admin_clients.fixture.tenant, admin_clients.theirs.tenant
    return own.schema_name == theirs.schema_name


def _choices(form: Any) -> list[tuple[str, Any]]:
    """The fields of a form that offer choices; the operator names any tenant."""
    return [
        (bound.html_name, bound.field)
        for bound in form or ()
        if isinstance(bound.field, forms.ChoiceField | forms.ModelChoiceField)
        and _chosen(bound.field) is not Tenant
    ]


def _chosen(field: Any) -> Any:
    """The model whose rows a field offers, if it offers any."""
    return getattr(getattr(field, "queryset", None), "model", None)


def _of_another(admin_clients: AdminClients, field: Any, *, every: bool) -> list[str]:
    """What another tenant has: all of it, or what a field means and a made-up value."""
    objects = objects_of(admin_clients.theirs)
    if not every:
        meant = objects.get(_chosen(field), admin_clients.theirs.owner)
        return [str(meant.pk), MARK]
    return [
        *(str(each.pk) for each in objects.values()),
        admin_clients.theirs.tenant.slug,
        admin_clients.theirs.owner.username,
        "operator",
        MARK,
    ]


def _assert_refused(admin_clients: AdminClients, address: Address, data: dict[str, Any]) -> None:
    with without_html():
        response = admin_clients.client(address).post(admin_clients.path(address), data)
    assert response.status_code == 200
    assert form_on(response).errors
