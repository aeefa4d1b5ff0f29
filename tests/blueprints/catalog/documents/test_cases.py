"""What components are by default and in each environment goes together, as literals do."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import cases, review

from .builders import Json, document, only_problem, part, places, ref, var
from .module_builders import AT, hosting, used

TEXT: Json = {"type": "string"}
NAMES = ("whole", "first", "second")


def subnets(defaults: Json, **environments: Json) -> Json:
    """Make a network with two subnets, whose blocks variables hold."""
    return document(
        part("main", "network", cidr=var("whole")),
        part("a", "subnet", network=ref("main"), cidr=var("first")),
        part("b", "subnet", network=ref("main"), cidr={"join": [var("second"), "/24"]}),
        variables={
            name: {**TEXT, **({"default": defaults[name]} if name in defaults else {})}
            for name in NAMES
        },
        environments={name: {"values": values} for name, values in environments.items()},
    )


APART = {"whole": "10.0.0.0/16", "first": "10.0.1.0/24", "second": "10.0.2.0"}


@pytest.mark.parametrize(
    ("name", "value", "at", "code"),
    [
        ("first", "10.1.1.0/24", "1", "outside-network"),
        ("first", "10.0.2.0/25", "1", "overlapping-subnets"),
        ("second", "10.0.1.0", "2", "overlapping-subnets"),
        ("whole", "127.0.0.0/16", "0", "unusable-block"),
        ("first", "10.0.1.0/30", "1", "unusable-block"),
    ],
)
def test_blocks_of_variables_lie_as_those_of_literals(
    name: str, value: str, at: str, code: str
) -> None:
    assert places(subnets(APART)) == []
    assert (f"/components/{at}/properties/cidr", code) in places(subnets(APART | {name: value}))
    staged = subnets(APART, staging={}, production={name: value})
    assert (f"/environments/production/values/{name}", code) in places(staged)


def test_blocks_that_only_environments_give_lie_as_those_of_literals() -> None:
    assert places(subnets({}, staging=APART, production=APART)) == []
    (place,) = places(subnets({}, staging=APART, production=APART | {"second": "10.0.1.0"}))
    assert place == ("/environments/production/values/second", "overlapping-subnets")


def queue_and_function(hidden: int, **members: Any) -> Json:
    source = {"bucket": ref("code"), "key": "k"}
    code = {"runtime": "python3.13", "handler": "a.b", "source": source}
    return document(
        part("code", "object_storage"),
        part("jobs", "queue", visibility_timeout_seconds=var("hidden")),
        part("work", "function", timeout_seconds=60, **code, **members),
        variables={"hidden": {"type": "number", "default": 60}},
        environments={"staging": {"values": {"hidden": hidden}}},
        relations=[] if members else [{"from": "jobs", "to": "work", "type": "triggers"}],
    )


@pytest.mark.parametrize("members", [{}, {"queues": [{"queue": ref("jobs")}]}])
def test_what_an_environment_makes_wrong_elsewhere_is_said_there(members: Json) -> None:
    assert places(queue_and_function(61, **members)) == []
    problem = only_problem(queue_and_function(59, **members))
    assert (problem.pointer, problem.code) == (
        "/components/2/properties/timeout_seconds",
        "aws-function-visibility",
    )
    assert problem.message.startswith('In environment "staging": A call takes up to 60 s')


def bucket(name: Any, *environments: str, **variable: Any) -> Json:
    values = {f"e{number}": {"values": {"name": each}} for number, each in enumerate(environments)}
    return document(
        part("box", "object_storage", bucket=name),
        variables={"name": {**TEXT, **variable}},
        environments=values,
    )


@pytest.mark.parametrize("name", [var("name"), {"join": ["a-", var("name")]}])
def test_a_clouds_rules_judge_each_environment(name: Any) -> None:
    assert places(bucket(name, "acme-logs", "acme-files")) == []
    assert places(bucket(name, "acme-logs", "acme-s3alias")) == [
        ("/environments/e1/values/name", "aws-object-storage-reserved-name")
    ]
    message = only_problem(bucket(name, "acme-s3alias")).message
    assert message.startswith("At /components/0/properties/bucket: ")


def test_what_exists_is_judged_in_each_environment() -> None:
    def looked_up(value: str) -> Json:
        network = part("main", "network") | {"existing": {"id": {"join": ["vpc-", var("id")]}}}
        del network["properties"]
        return document(
            network, variables={"id": TEXT}, environments={"prod": {"values": {"id": value}}}
        )

    assert places(looked_up("0a1b2c3d")) == []
    assert places(looked_up("main")) == [
        ("/environments/prod/values/id", "aws-network-existing-id")
    ]


def test_a_warning_is_given_by_default_or_in_the_environment() -> None:
    def warned(default: int, hidden: int) -> list[str]:
        candidate = queue_and_function(hidden)
        candidate["variables"]["hidden"]["default"] = default
        found = review(candidate).problems
        return [each.message for each in found if each.code == "aws-function-short-visibility"]

    assert warned(360, 400) == []
    (everywhere,) = warned(60, 61)
    assert "In environment" not in everywhere
    (there,) = warned(360, 61)
    assert there.startswith('In environment "staging": ')


def test_environments_are_judged_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [*(f"acme-{number}" for number in range(9)), "acme-s3alias"]
    many = bucket(var("name"), *names)
    monkeypatch.setattr(cases, "MAX_CHOICES", 9)
    assert places(many) == []
    monkeypatch.setattr(cases, "MAX_CHOICES", 10)
    assert len(places(many)) == 1


def test_environments_alike_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MAX_CHOICES", 1)
    alike = bucket(var("name"), "acme", *["acme-logs"] * 9, default="acme")
    assert places(alike) == []
    alike["environments"]["e10"] = {"values": {"name": "acme-s3alias"}}
    assert places(alike) == []
    monkeypatch.setattr(cases, "MAX_CHOICES", 2)
    assert len(places(alike)) == 1


BUCKET = bucket(var("name"), default="acme-s3alias")


def test_what_is_in_a_module_is_judged_with_what_it_is_given() -> None:
    """Its own default is another's choice once an input is given, known or not."""
    inner = {name: value for name, value in BUCKET.items() if name != "environments"}
    variables = {"stage": {**TEXT, "default": "test"}, "free": TEXT}

    def hosted(name: Any, stage: str = "prod") -> list[tuple[str, str]]:
        values = {"prod": {"values": {"stage": stage}}}
        used_so = {"variables": variables, "environments": values, "outputs": {"free": var("free")}}
        return places(hosting(used(name=name), inner=inner, **used_so))

    code = "aws-object-storage-reserved-name"
    joined = {"join": ["acme-", var("stage")]}
    for name in ("acme-logs", var("free"), joined, {"join": ["a-", var("free")]}):
        assert hosted(name) == []
    assert hosted("acme-s3alias") == [(f"{AT}/inputs/name", code)]
    assert hosted(joined, "s3alias") == [("/environments/prod/values/stage", code)]
    assert places(hosting(used(), inner=inner)) == [(f"{AT}/version", code)]


def in_regions(there: str, *components: Json, **members: Any) -> Json:
    return document(
        *components,
        variables={"place": TEXT | {"default": "us-east-1"}},
        environments={"prod": {"values": {"place": there}}},
        **{"region": var("place"), **members},
    )


def test_zones_are_those_of_the_region_that_an_environment_has() -> None:
    main = part("main", "network", cidr="10.0.0.0/16")
    zoned = part("a", "subnet", network=ref("main"), cidr="10.0.1.0/24", zone="d")
    assert places(in_regions("us-west-2", main, zoned)) == []
    problem = only_problem(in_regions("eu-west-1", main, zoned))
    assert (problem.pointer, problem.code) == ("/components/1/properties/zone", "aws-subnet-zone")
    assert problem.message.startswith('In environment "prod": There is no zone eu-west-1d')
    inner = document(main, zoned)
    for region, found in (("us-west-2", []), ("eu-west-1", [(f"{AT}/version", "aws-subnet-zone")])):
        hosted = hosting(used(), inner=inner)
        assert places(in_regions(region, *hosted["components"], modules=hosted["modules"])) == found
    replica = {"providers": {"replica": {"region": var("place")}}, "region": "us-east-1"}
    made = [part_ | {"provider": "replica"} for part_ in (main, zoned)]
    assert places(in_regions("us-west-2", *made, **replica)) == []
    assert places(in_regions("eu-west-1", *made, **replica)) == [
        ("/components/1/properties/zone", "aws-subnet-zone")
    ]
