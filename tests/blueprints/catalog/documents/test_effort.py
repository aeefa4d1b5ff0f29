"""Answers come while an editor waits: the work grows with the document and no faster.

``scripts/bench_validation.py`` prints the times.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import choices, conformance, review, uniqueness, validate
from tests.effort import calls_of

from .builders import Json, document, network_with_subnets, part, ref, three_tier, var

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from blueprints.catalog.problems import Problem


def repeated(original: Json, times: int) -> Json:
    """Return a document with the components several times over, under ids of their own."""
    components = [
        {**component, "id": f"n{number}-{component['id']}"}
        for number in range(times)
        for component in json.loads(
            json.dumps(original["components"]).replace('"ref": "', f'"ref": "n{number}-')
        )
    ]
    return {**original, "components": components, "relations": [], "outputs": {}}


def test_the_work_grows_in_step_with_the_number_of_components() -> None:
    validate(three_tier())  # what is prepared once is not counted
    few, many = repeated(three_tier(), 5), repeated(three_tier(), 35)
    assert len(many["components"]) == 490
    assert calls_of(lambda: validate(many)) < 7 * calls_of(lambda: validate(few)) * 1.25


CODE: Json = {
    "runtime": "python3.13",
    "handler": "a.b",
    "source": {"bucket": ref("b0"), "key": "k"},
}


def functions(count: int) -> list[Json]:
    return [
        part("b0", "object_storage"),
        *(part(f"f{n}", "function", **CODE, reserved_concurrency=0) for n in range(count)),
    ]


def buckets_and_functions(count: int) -> list[Json]:
    return [
        *functions(count),
        *(part(f"b{n}", "object_storage") for n in range(1, count)),
    ]


def functions_with_roles(count: int) -> list[Json]:
    return [
        part("b0", "object_storage"),
        *(part(f"r{n}", "role", trusted_service="function") for n in range(count)),
        *(part(f"f{n}", "function", **CODE, role=ref(f"r{n}")) for n in range(count)),
    ]


def private_zones(count: int) -> list[Json]:
    zones = (
        part(f"z{n}", "dns_zone", domain=f"z{n}.internal", network=ref("main"))
        for n in range(count)
    )
    return [part("main", "network", cidr="10.0.0.0/16"), *zones]


def balancers_and_subnets(count: int) -> list[Json]:
    subnets = (
        part(f"s{n}", "subnet", network=ref("main"), cidr=f"10.0.{n + 3}.0/24", zone="a")
        for n in range(count)
    )
    listeners = [{"port": 80, "protocol": "tcp"}]
    inside = {"subnets": [ref("main-a")], "type": "network", "internal": False}
    balancers = (
        part(f"l{n}", "load_balancer", listeners=listeners, **inside) for n in range(count)
    )
    return [*network_with_subnets(), *subnets, *balancers]


@pytest.mark.parametrize(
    "make",
    [
        functions,
        buckets_and_functions,
        functions_with_roles,
        private_zones,
        balancers_and_subnets,
    ],
)
def test_no_rule_walks_all_components_for_each(make: Callable[[int], list[Json]]) -> None:
    review(document(*make(2)))  # what is prepared once is not counted
    few, many = (document(*make(count)) for count in (50, 200))
    assert calls_of(lambda: review(many)) < 4 * calls_of(lambda: review(few)) * 1.1


def environments_and_uses(count: int) -> Json:
    delay = {"type": "object", "attributes": {f"a{n}": {"type": "number"} for n in range(count)}}
    values = {"values": {"delay": {f"a{n}": 1 for n in range(count)}}}
    return document(
        *(part(f"q{n}", "queue", delay_seconds=var(f"delay.a{n}")) for n in range(count)),
        variables={"delay": delay},
        environments={f"e{n}": values for n in range(20)},
    )


def test_known_values_are_compared_with_places_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    candidate, compared = environments_and_uses(40), 0

    def counted(*given: Any) -> Iterator[Problem]:
        nonlocal compared
        compared += 1
        return value_problems(*given)

    value_problems = conformance.value_problems
    monkeypatch.setattr(conformance, "value_problems", counted)
    validate(candidate)
    everything, compared = compared, 0
    monkeypatch.setattr(choices, "MAX_CHOICES", 10)
    validate(candidate)
    assert everything - compared == 20 * 40 - 10


def environments_and_instances(environments: int) -> Json:
    queues = (
        part(f"q{n}", "raw", resource="aws_sqs_queue",
             arguments={"name": {"join": [f"q{n}-", {"each": "key"}]}})
        | {"for_each": var("keys")}
        for n in range(20)
    )  # fmt: skip
    return document(
        *queues,
        variables={"keys": {"type": "list"}},
        environments={
            f"e{n}": {"values": {"keys": [f"k{n}-{key}" for key in range(20)]}}
            for n in range(environments)
        },
    )


def test_environments_share_the_work_of_comparing_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (choices, uniqueness):
        monkeypatch.setattr(module, "MAX_CHOICES", 400)
    one, many = (environments_and_instances(count) for count in (1, 20))
    validate(one)  # what is prepared once is not counted
    assert calls_of(lambda: validate(many)) < 3 * calls_of(lambda: validate(one))
