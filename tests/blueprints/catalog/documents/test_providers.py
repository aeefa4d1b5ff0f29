"""Providers: several regions and accounts in one document."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.catalog.documents import Join, Var, diff, validate
from blueprints.catalog.documents.limits import MAX_PROVIDERS

from .builders import Json, document, network_with_subnets, only_problem, part, places, ref, var

ROLE = "arn:aws:iam::111122223333:role/deploy"
REPLICA: Json = {"region": "eu-central-1"}
BANK: Json = {"region": "us-east-1", "assume_role": ROLE}
DEAD_LETTER = {"queue": ref("other"), "max_receives": 3}


def by(provider: str, component: Json) -> Json:
    return {**component, "provider": provider} if provider else component


def provided(*components: Json, **members: Any) -> Json:
    return document(*components, **{"providers": {"replica": REPLICA, "bank": BANK}, **members})


def test_components_name_the_provider_that_makes_them() -> None:
    built = validate(provided(part("here", "queue"), by("replica", part("there", "queue"))))
    assert (built.component("here").provider, built.component("there").provider) == ("", "replica")
    assert built.region == "us-east-1"
    assert built.providers["replica"].region == "eu-central-1"
    assert built.providers["bank"].assume_role == ROLE
    assert built.warnings == ()


def test_what_exists_is_looked_up_by_its_provider() -> None:
    shared = {"id": "shared", "type": "queue", "existing": {"name": "x"}, "provider": "replica"}
    assert validate(provided(shared)).component("shared").provider == "replica"


def test_variables_decide_regions_and_roles() -> None:
    role = {"join": ["arn:aws:iam::", var("account"), ":role/deploy"]}
    given = {"near": {"region": var("place"), "assume_role": role},
             "far": {"region": "eu-west-3", "assume_role": var("role")}}  # fmt: skip
    variables = {
        "place": {"type": "string", "default": "eu-west-1"},
        "account": {"type": "string"},
        "role": {"type": "string"},
    }
    built = validate(document(providers=given, variables=variables))
    assert built.warnings == ()
    assert built.region_variables == {"place"}
    assert built.providers["near"].region == "eu-west-1"
    assert built.providers["near"].assume_role == Join(
        ("arn:aws:iam::", Var("account"), ":role/deploy")
    )


@pytest.mark.parametrize(
    ("provider", "place", "code"),
    [
        ({}, "", "missing-property"),
        ({"region": "eu-nowhere-1"}, "/region", "unknown-region"),
        ({"region": "westeurope"}, "/region", "unknown-region"),
        ({"region": "cn-north-1"}, "/region", "contradiction"),
        ({"region": var("none")}, "/region/var", "unknown-variable"),
        ({"region": var("text")}, "/region/var", "type-mismatch"),
        ({"region": ref("a.arn")}, "/region/ref", "unknown-property"),
        ({**REPLICA, "assume_role": "deploy"}, "/assume_role", "wrong-form"),
        ({**REPLICA, "assume_role": ROLE + "\n"}, "/assume_role", "wrong-form"),
        ({**REPLICA, "assume_role": ROLE.replace("aws", "aws-cn")}, "/assume_role",
         "contradiction"),
        ({**REPLICA, "assume_role": var("pin")}, "/assume_role/var", "secret-exposed"),
        ({**REPLICA, "assume_role": {"each": "key"}}, "/assume_role/each", "unknown-variable"),
        ({**REPLICA, "access_key": "AKIA"}, "/access_key", "unknown-property"),
        ({**REPLICA, "secret_key": var("pin")}, "/secret_key", "unknown-property"),
        ({**REPLICA, "token": "x"}, "/token", "unknown-property"),
        ({**REPLICA, "profile": "x"}, "/profile", "unknown-property"),
        ({**REPLICA, "shared_credentials_files": ["x"]}, "/shared_credentials_files",
         "unknown-property"),
        ("eu-west-1", "", "wrong-type"),
    ],
)  # fmt: skip
def test_a_provider_that_cannot_be_is_refused(provider: Any, place: str, code: str) -> None:
    variables = {"text": {"type": "string"}, "pin": {"type": "string", "secret": True}}
    found = places(document(providers={"other": provider}, variables=variables))
    wanted = f"/providers/other{place}"
    assert any((at.startswith(wanted), known) == (True, code) for at, known in found), found


def test_names_of_providers_and_their_number_are_bounded() -> None:
    assert places(document(providers={"Replica": REPLICA})) == [
        ("/providers/Replica", "wrong-name")
    ]
    assert places(document(providers={"": REPLICA}))[0][1] == "wrong-name"
    many = {f"p{number}": REPLICA for number in range(MAX_PROVIDERS + 1)}
    assert places(document(providers=many)) == [("/providers", "too-many")]
    many.popitem()
    assert places(document(providers=many)) == []


def test_a_provider_that_is_not_there_is_told_apart_from_a_faulty_one() -> None:
    problem = only_problem(provided(by("replca", part("a", "queue"))))
    assert (problem.pointer, problem.code) == ("/components/0/provider", "unknown-provider")
    assert '"replica"' in problem.message
    faulty = document(by("other", part("a", "queue")), providers={"other": {"region": 1}})
    assert places(faulty) == [("/providers/other/region", "wrong-type")]


def test_only_aws_has_roles_to_assume() -> None:
    other = {"region": "westeurope", "assume_role": ROLE}
    found = places(document(cloud="azure", region="northeurope", providers={"other": other}))
    assert found == [("/providers/other/assume_role", "contradiction")]
    del other["assume_role"]
    assert places(document(cloud="azure", region="northeurope", providers={"other": other})) == []


def test_values_of_environments_are_held_to_what_regions_can_be() -> None:
    def placed(region: str) -> Json:
        return document(
            providers={"near": {"region": var("place")}},
            variables={"place": {"type": "string", "default": "eu-west-1"}},
            environments={"test": {"values": {"place": region}}},
        )

    assert places(placed("eu-west-2")) == []
    at = "/environments/test/values/place"
    assert places(placed("eu-nowhere-1")) == [(at, "unknown-region")]
    assert places(placed("us-gov-west-1")) == [(at, "contradiction")]


@pytest.mark.parametrize("provider", ["", "replica", "bank"])
def test_the_clouds_rules_are_those_of_the_components_region(provider: str) -> None:
    network = by(provider, part("main", "network", cidr="10.0.0.0/16"))
    subnet = part("a", "subnet", network=ref("main"), cidr="10.0.1.0/24", zone="f")
    found = places(provided(network, by(provider, subnet)))
    wanted = [("/components/1/properties/zone", "aws-subnet-zone")]
    assert found == (wanted if provider == "replica" else [])  # us-east-1 has a zone f


@pytest.mark.parametrize(
    ("provider", "code"), [("replica", "cross-region"), ("bank", "cross-account"), ("", "")]
)
def test_what_is_wired_stands_in_one_place(provider: str, code: str) -> None:
    jobs = part("jobs", "queue", dead_letter=DEAD_LETTER)
    found = places(provided(jobs, by(provider, part("other", "queue"))))
    at = "/components/0/properties/dead_letter/queue/ref"
    assert found == ([(at, code)] if code else [])
    both = provided(by(provider, jobs), by(provider, part("other", "queue")))
    assert places(both) == []


def test_the_message_says_which_places_do_not_meet() -> None:
    jobs = by("replica", part("jobs", "queue", dead_letter=DEAD_LETTER))
    message = only_problem(provided(jobs, part("other", "queue"))).message
    assert '"jobs" (eu-central-1, provider replica)' in message
    assert '"other" (us-east-1)' in message


NETWORK = [*network_with_subnets(), part("wall", "firewall", network=ref("main"))]
SUBNETS = [ref("main-a"), ref("main-b")]
MACHINES = [{"name": "general", "size": "large", "min": 2, "max": 6}]


@pytest.mark.parametrize(
    "component",
    [
        part("it", "subnet", network=ref("main"), cidr="10.0.9.0/24"),
        part("it", "firewall", network=ref("main")),
        part("it", "compute_instance", image="debian-12", subnet=ref("main-a")),
        part("it", "cache", engine="redis", subnets=SUBNETS),
        part("it", "database", engine="postgres", subnets=SUBNETS, managed_password=True),
        part("it", "container_cluster", subnets=SUBNETS, node_groups=MACHINES),
        part("it", "dns_zone", domain="a.example", network=ref("main")),
    ],
    ids=lambda component: component["type"],
)
def test_nothing_lies_in_a_network_of_another_place(component: Json) -> None:
    assert places(provided(*NETWORK, component)) == []
    found = {code for _, code in places(provided(*NETWORK, by("replica", component)))}
    assert found == {"cross-region"}


ACTING = part("acting", "role", trusted_service="function")
STORE = part("store", "object_storage")
WORK = part(
    "it", "function", runtime="go", handler="bootstrap", role=ref("acting"),
    source={"bucket": ref("store"), "key": "a.zip"},
)  # fmt: skip


def test_roles_know_no_regions_and_yet_accounts() -> None:
    there = by("replica", STORE)
    assert places(provided(ACTING, there, by("replica", WORK))) == []
    reads = part("acting", "role", trusted_service="function", reads=[ref("store")])
    assert places(provided(reads, there)) == []
    assert places(provided(reads, by("bank", STORE))) == [
        ("/components/0/properties/reads/0/ref", "cross-account")
    ]
    assert ("/components/2/properties/role/ref", "cross-account") in places(
        provided(ACTING, by("bank", STORE), by("bank", WORK))
    )
    assert places(provided(ACTING, STORE, by("replica", WORK))) == [
        ("/components/2/properties/source/bucket/ref", "cross-region")
    ]


@pytest.mark.parametrize("provider", ["replica", "bank"])
def test_attributes_are_values_and_cross_all_borders(provider: str) -> None:
    stated = part("it", "role", trusted_service="function", statements=[
        {"actions": ["sqs:SendMessage"], "resources": [ref("jobs.arn")]}])  # fmt: skip
    jobs = by(provider, part("jobs", "queue"))
    assert places(provided(jobs, stated, outputs={"url": ref("jobs.url")})) == []
    after = [{"from": "it", "to": "jobs", "type": "depends_on"}]
    assert places(provided(jobs, stated, relations=after)) == []


@pytest.mark.parametrize(
    ("relation", "crosses"),
    [
        ({"from": "it", "to": "store", "type": "reads_from"}, True),
        ({"from": "it", "to": "store", "type": "writes_to"}, True),
        ({"from": "store", "to": "it", "type": "triggers"}, False),
    ],
)
def test_relations_cross_regions_only_as_rights(relation: Json, *, crosses: bool) -> None:
    source = {"bucket": ref("code"), "key": "a.zip"}
    work = part("it", "function", runtime="go", handler="bootstrap", source=source)
    code = part("code", "object_storage")

    def related(provider: str) -> list[tuple[str, str]]:
        store = by(provider, part("store", "object_storage"))
        return places(provided(work, code, store, relations=[relation]))

    assert related("") == []
    assert related("replica") == ([] if crosses else [("/relations/0/to", "cross-region")])
    assert related("bank") == [("/relations/0/to", "cross-account")]


def test_two_regions_of_variables_are_one_only_by_the_same_variable() -> None:
    def placed(second: str) -> list[tuple[str, str]]:
        variables = {n: {"type": "string", "default": "eu-west-1"} for n in ("one", "two")}
        given = {"first": {"region": var("one")}, "second": {"region": var(second)}}
        jobs = by("first", part("jobs", "queue", dead_letter=DEAD_LETTER))
        other = by("second", part("other", "queue"))
        return places(document(jobs, other, providers=given, variables=variables))

    assert placed("one") == []
    assert placed("two") == [("/components/0/properties/dead_letter/queue/ref", "cross-region")]


@pytest.mark.parametrize(
    ("resource", "argument", "taken"),
    [
        ("aws_cloudwatch_log_group", "name", {"twin"}),
        ("aws_iam_role", "name", {"twin", "replica"}),
        ("aws_s3_bucket", "bucket", {"twin", "replica", "bank"}),
    ],
)
def test_names_are_taken_in_a_region_an_account_or_the_world(
    resource: str, argument: str, taken: set[str]
) -> None:
    arguments: Json = {argument: "audit"}
    if resource == "aws_iam_role":
        arguments["assume_role_policy"] = "{}"
    one = part("one", "raw", resource=resource, arguments=arguments)
    two = {**one, "id": "two"}
    at = f"/components/1/properties/arguments/{argument}"
    assert places(provided(one, two)) == [(at, "repeated-name")]
    providers = {"twin": {"region": "us-east-1"}, "replica": REPLICA, "bank": BANK}
    for name in providers:
        found = places(provided(one, by(name, two), providers=providers))
        assert found == ([(at, "repeated-name")] if name in taken else []), name


def test_two_roles_of_one_account_are_one_place() -> None:
    def made_by(account: str) -> list[tuple[str, str]]:
        roles = {"one": "111122223333:role/a", "two": f"{account}:role/b"}
        providers = {
            name: {"region": "us-east-1", "assume_role": f"arn:aws:iam::{role}"}
            for name, role in roles.items()
        }
        given: Json = {"name": "audit", "assume_role_policy": "{}"}
        named = part("n", "raw", resource="aws_iam_role", arguments=given)
        jobs = part("jobs", "queue", dead_letter=DEAD_LETTER)
        parts = [by("one", jobs), by("two", part("other", "queue")),
                 by("one", named), by("two", named | {"id": "m"})]  # fmt: skip
        return places(document(*parts, providers=providers))

    assert made_by("111122223333") == [("/components/3/properties/arguments/name", "repeated-name")]
    assert made_by("444455556666") == [
        ("/components/0/properties/dead_letter/queue/ref", "cross-account")
    ]


def test_the_diff_shows_providers_and_who_is_made_by_them() -> None:
    old = document(part("a", "queue"), providers={"x": REPLICA, "gone": REPLICA})
    new = document(by("x", part("a", "queue")), providers={"x": BANK, "new": REPLICA})
    assert [(c.kind, c.subject, c.id, c.pointer) for c in diff(old, new)] == [
        ("removed", "provider", "gone", ""),
        ("added", "provider", "new", ""),
        ("added", "provider", "x", "/assume_role"),
        ("changed", "provider", "x", "/region"),
        ("added", "component", "a", "/provider"),
    ]


def test_an_empty_region_is_none() -> None:
    assert places(document(providers={"other": {"region": ""}})) == [
        ("/providers/other/region", "unknown-region")
    ]
