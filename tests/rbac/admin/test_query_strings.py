"""Whatever an address of the admin asks for, it is answered, or refused: never a failure."""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from tests.rbac.admin.acts import addresses
from tests.rbac.admin.test_lookups import OFFERED
from tests.sampling import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.admin_client import AdminClient
    from tests.rbac.admin.admin_clients import AdminClients

SEED = 20_261_128
_VALUES: tuple[str | bytes, ...] = (
    *("", "1", "0", "-1", "9" * 20, "9" * 5000, "banana", "(", "%", "\\", "'", '"', "1.1", "1,2"),
    *(
        "\x00",
        "\ud800".encode("utf-8", "surrogatepass"),
        "a" * 3000,
        "a " * 1500,
        "\U0001d54f",
        "\u202e",
    ),
    *("0001-01-01", "9999-12-31", "12/31/9999", "2026-11-28T00:00:00+99:99", "0000-00-00"),
    *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "infinity", "today"),
    *("00000000-0000-0000-0000-000000000000", "user:x", "user:" + "0" * 32, "None", "true"),
    *("q=%00", "q=1&o=-999", "__proto__", "admin", "//elsewhere.example", "?"),
)
_KEYS = (
    *("q", "p", "o", "all", "e", "_facets", "_popup", "_to_field", "_changelist_filters"),
    *("_saveasnew", "next", "s", "page", "role", "resource", "permission", "username", "team"),
    *("projects", "starts_at", "starts_at_0", "expires_at", "name", "slug", "tier", "plan"),
    *("created_at__year", "created_at__regex", "created_at__gte", "pk__in", "id__exact", "x"),
    *("app_label", "model_name", "field_name", "term", "ids", "password", "__", "", "a__b"),
)


OF_A_PAGE = examples("of query strings of a page of the admin", full=5, few=2)
OF_A_LIST = examples("of query strings of a list of the admin", full=40, few=8)
OF_THE_SITE = examples("of query strings of the admin itself", full=12, few=6)
_LISTED = ("q", "p", "o", "all", "e", "_facets", "_popup", "_to_field")


def _texts(keys: tuple[str, ...]) -> list[str]:
    pairs = [urlencode({key: value}) for key, value in product(keys, _VALUES)]
    chance = random.Random(SEED)  # noqa: S311  # the same in every run
    chance.shuffle(pairs)
    return pairs


def _queries(name: str, pairs: list[str], number: int) -> Iterator[str]:
    """So many query strings for one address, each time the same: single, doubled, together."""
    chance = random.Random(f"{SEED}{name}")  # noqa: S311  # likewise
    for _ in range(number):
        yield "&".join(chance.sample(pairs, chance.choice((1, 1, 1, 2, 3))))


@pytest.mark.parametrize("rivals", [("acme", "umbrella")], ids=["standard"], indirect=True)
def test_no_query_string_of_any_page_fails(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    general = _texts(_KEYS)
    for address in addresses():
        path = admin_clients.path(address)
        with subtests.test(address.name):
            for query in _queries(address.name, general, OF_A_PAGE):
                _require_answer(admin_clients.client(address), f"{path}?{query}")


@pytest.mark.parametrize("rivals", [("acme", "umbrella")], ids=["standard"], indirect=True)
def test_no_query_string_of_any_list_fails(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    lists = [each for each in addresses() if each.name.endswith("_changelist")]
    assert len(lists) == len(OFFERED)
    for address in lists:
        own = sorted(OFFERED[address.model._meta.label_lower])
        pairs = [*_texts(_LISTED), *_texts(tuple(own))]
        path = admin_clients.path(address)
        with subtests.test(address.name):
            for query in _queries(address.name, pairs, OF_A_LIST):
                _require_answer(admin_clients.client(address), f"{path}?{query}")


@pytest.mark.parametrize("rivals", [("acme", "umbrella")], ids=["standard"], indirect=True)
def test_no_query_string_of_the_site_itself_fails(
    admin_clients: AdminClients, subtests: pytest.Subtests
) -> None:
    for name in ("index", "login", "password_change", "jsi18n", "autocomplete", "search"):
        with subtests.test(name):
            for query in _queries(name, _texts(_KEYS), OF_THE_SITE):
                for client in (admin_clients.own, admin_clients.operators):
                    _require_answer(client, f"{reverse(f'admin:{name}')}?{query}")


@pytest.mark.parametrize("rivals", [("acme", "umbrella")], ids=["standard"], indirect=True)
def test_what_is_completed_takes_any_term(admin_clients: AdminClients) -> None:
    declared = "app_label=tenants&model_name=domain&field_name=tenant"
    for value in _VALUES:
        term = urlencode({"term": value})
        _require_answer(
            admin_clients.operators, f"{reverse('admin:autocomplete')}?{declared}&{term}"
        )
    found = admin_clients.operators.get(f"{reverse('admin:autocomplete')}?{declared}&term=acm")
    assert "Acme" in found.content.decode()


def _require_answer(client: AdminClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code in (200, 302, 400, 403, 404), (path[:300], response.status_code)


def test_a_list_says_when_it_cannot_be_narrowed(admin: AdminClient) -> None:
    address = reverse("admin:rbac_rolegrant_changelist")
    for query in ("holder=banana", "ends=never-ever"):
        response = admin.get(f"{address}?{query}", follow=True)
        assert "cannot be narrowed to what the address asks for" in response.content.decode()
    response = admin.get(f"{address}?holder=users", follow=True)
    assert "cannot be narrowed" not in response.content.decode()
    assert admin.get(f"{address}?holder=banana&e=1").status_code == 400


def test_the_days_of_the_audit_log_are_days(admin: AdminClient) -> None:
    address = reverse("admin:rbac_auditentry_changelist")
    for day in ("banana", "9999-12-31", "0000-00-00"):
        response = admin.get(address, {"created_at_to": day}, follow=True)
        assert "cannot be narrowed" in response.content.decode()
    shown = admin.get(address, {"created_at_to": "2999-12-31"}, follow=True)
    assert "cannot be narrowed" not in shown.content.decode()
