"""Lists, filters, orders, pages and tags tell an attacker nothing of another tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from django.db import transaction

from tenants.context import tenant_scope
from tests.api.attacks import Attack, Side, never_existed
from tests.api.requests import look
from tests.api.resources import SAMPLES, routes
from tests.api.routes import route_of
from tests.sampling import FULL, leave_out, sampled

if TYPE_CHECKING:
    import pytest

CUSTOMERS = {name: sample for name, sample in SAMPLES.items() if not sample.operator}
LISTS = [f"GET {route.template}" for route in routes() if route.lists]
LISTS = [operation for operation in LISTS if operation in CUSTOMERS]
FILTERS = [(operation, name) for operation in LISTS for name in SAMPLES[operation].filters]
DETAILS = [name for name in CUSTOMERS if name.startswith("GET ") and CUSTOMERS[name].address.hidden]
FEW = 3


def _filter_of(operation: str, name: str) -> type:
    filterset: Any = getattr(route_of(operation).view, "filterset_class", None)
    return type(filterset.base_filters.get(name)) if filterset else type(None)


FROM_ANOTHER_TIER = sampled(
    "filters of lists that are asked from the other tier: one a name and type (all in one pool)",
    FILTERS,
    by=lambda each: (each[1], _filter_of(*each)),
)


def _grow(side: Side, operation: str, count: int = FEW) -> None:
    fill = SAMPLES[operation].fill
    assert fill is not None
    with tenant_scope(side.tenant):
        fill(side.fixture, count)


def _all_orders(operation: str) -> list[dict[str, str]]:
    names = getattr(route_of(operation).view, "ordering_fields", ())
    return [{}, *({"ordering": sign + name} for name in names for sign in ("", "-"))]


leave_out(
    "orders of lists, with rows of the other tier (all with rows of the same pool)",
    2 * sum(len(_all_orders(operation)) - 1 for operation in LISTS),
)


def _orders(attack: Attack, operation: str) -> list[dict[str, str]]:
    """All of a list in one pool, where another's rows lie between one's own; else the usual."""
    orders = _all_orders(operation)
    return orders if FULL or attack.in_one_pool else orders[:1]


def test_a_list_holds_ones_own_in_any_order_however_many_others_have(
    attack: Attack, subtests: pytest.Subtests
) -> None:
    for operation in LISTS:
        theirs = attack.victim.items(operation)
        path, admin = attack.attacker.path(operation), attack.attacker.admin
        with subtests.test(operation), transaction.atomic():
            assert theirs
            before = {
                str(order): look(admin.get(path, order)) for order in _orders(attack, operation)
            }
            _grow(attack.victim, operation)
            assert len(attack.victim.items(operation)) == len(theirs) + FEW
            for order in _orders(attack, operation):
                assert not theirs.keys() & attack.attacker.items(operation, **order).keys()
                assert look(admin.get(path, order)) == before[str(order)]
            transaction.set_rollback(True)


def test_a_filter_finds_nothing_of_anothers(attack: Attack, subtests: pytest.Subtests) -> None:
    for operation, name in FILTERS if attack.in_one_pool else FROM_ANOTHER_TIER:
        value = SAMPLES[operation].filters[name]
        with subtests.test(operation, filter=name):
            if isinstance(value, str):
                found = attack.attacker.items(operation, **{name: value})
                assert not found.keys() & attack.victim.items(operation).keys()
                continue
            theirs = value(attack.victim.fixture)
            path, admin = attack.attacker.path(operation), attack.attacker.admin
            found, absent = (
                look(admin.get(path, {name: each}), hidden=str(each))
                for each in (theirs, never_existed(theirs))
            )
            assert found == absent
            assert attack.victim.items(operation, **{name: str(theirs)})


def test_anothers_cursor_is_as_good_as_none(attack: Attack, subtests: pytest.Subtests) -> None:
    for operation in LISTS:
        with subtests.test(operation), transaction.atomic():
            _grow(attack.victim, operation)
            _grow(attack.attacker, operation)
            path, admin = attack.attacker.path(operation), attack.attacker.admin
            foreign, garbage = (
                look(admin.get(path, {"page_size": "1", "cursor": cursor}), hidden=cursor)
                for cursor in (_second_page(attack.victim, operation), "made-up")
            )
            assert foreign == garbage
            assert foreign["status"] == 400
            ones_own = _second_page(attack.attacker, operation)
            assert admin.get(path, {"page_size": "1", "cursor": ones_own}).status_code == 200
            transaction.set_rollback(True)


def _second_page(side: Side, operation: str) -> str:
    page: dict[str, Any] = side.admin.get(side.path(operation), {"page_size": "1"}).json()
    return parse_qs(urlsplit(str(page["next"])).query)["cursor"][0]


def test_anothers_entity_tag_matches_nothing_of_ones_own(
    attack: Attack, subtests: pytest.Subtests
) -> None:
    for operation in DETAILS:
        path, admin = attack.attacker.path(operation), attack.attacker.admin
        theirs = attack.victim.admin.get(attack.victim.path(operation)).headers.get("ETag")
        ones_own = admin.get(path).headers.get("ETag")
        with subtests.test(operation):
            if theirs is None or ones_own is None:
                assert theirs == ones_own
                continue
            assert admin.get(path, headers={"If-None-Match": ones_own}).status_code == 304
            # An archive is tagged by its bytes, and equal bytes tell nothing.
            if theirs != ones_own:
                assert admin.get(path, headers={"If-None-Match": theirs}).status_code == 200
