"""Relations that cannot come true are refused, and those that do something unexpected are told."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog import component_types
from blueprints.catalog.component_types.firewall import MOST_RULES
from blueprints.catalog.documents import InvalidDocument, Var, validate
from blueprints.catalog.documents.relations import apply

from .builders import document, network_with_subnets, part, ref, var

if TYPE_CHECKING:
    from blueprints.catalog.documents import Problem

Json = dict[str, Any]

CODE: Json = {
    "runtime": "python3.13",
    "handler": "app.handler",
    "source": {"bucket": ref("files"), "key": "app.zip"},
}
WEB = [{"port": 80, "protocol": "http"}]
REDIRECT = [{"port": 80, "protocol": "http", "redirect_to_https": True}]
HTTPS_OUT = [{"port": 443, "cidrs": ["0.0.0.0/0"]}]
SUBNETS = [ref("main-a"), ref("main-b")]


def wall(name: str, **rules: Any) -> Json:
    return part(name, "firewall", network=ref("main"), **rules)


def guarded(name: str, kind: str, **properties: Any) -> Json:
    return part(name, kind, firewalls=[ref(f"{name}-wall")], **properties)


#: A document in which every relation below can come true without a warning.
WORLD: list[Json] = [
    part("main", "network", cidr="10.0.0.0/16", nat="single"),
    *network_with_subnets()[1:],
    part("public", "subnet", network=ref("main"), cidr="10.0.9.0/24", public=True),
    part("public-b", "subnet", network=ref("main"), cidr="10.0.8.0/24", public=True, zone="b"),
    *network_with_subnets("far", 1),
    *(wall(f"{name}-wall") for name in ("db", "fast")),
    wall("lb-wall", ingress=[{"port": 80, "cidrs": ["192.0.2.0/24"]}]),
    *(wall(f"{name}-wall", egress=HTTPS_OUT) for name in ("web", "app", "crowd", "inner")),
    part("machine-role", "role", trusted_service="compute_instance"),
    guarded("web", "compute_instance", subnet=ref("main-a"), role=ref("machine-role")),
    guarded("app", "compute_instance", subnet=ref("main-a")),
    guarded("crowd", "autoscaling_group", subnets=SUBNETS),
    part("stranger-wall", "firewall", network=ref("far")),
    guarded("stranger", "compute_instance", subnet=ref("far-a")),
    guarded("db", "database", engine="postgres", subnets=SUBNETS, password=ref("token")),
    guarded("fast", "cache", engine="valkey", subnets=SUBNETS),
    guarded("lb", "load_balancer", internal=True, subnets=SUBNETS, listeners=WEB),
    part("token", "secret", generate={}),
    part("files", "object_storage"),
    part("jobs", "queue", visibility_timeout_seconds=180),
    part("outer", "function", **CODE),
    guarded("inner", "function", **CODE, subnets=SUBNETS),
    part("zone", "dns_zone", domain="example.com"),
]


def relation(text: str, **members: Any) -> Json:
    source, kind, target = text.split()
    return {"from": source, "to": target, "type": kind, **members}


def world(*relations: Json, **changes: Json) -> Json:
    """The document, with properties of components (by id, underscores for hyphens) changed."""
    components = copy.deepcopy(WORLD)
    for component in components:
        component["properties"].update(changes.get(component["id"].replace("-", "_"), {}))
    return document(*components, relations=list(relations))


def said(candidate: Json) -> tuple[Problem, ...]:
    """Warnings and errors alike."""
    try:
        return validate(candidate).warnings
    except InvalidDocument as error:
        return error.problems


FINE = [
    relation("web connects_to db"),
    relation("web connects_to app", ports=[8080]),
    relation("lb connects_to app"),
    relation("inner reads_from fast"),
    relation("web reads_from files"),
    relation("inner writes_to jobs"),
    relation("lb routes_to app"),
    relation("lb routes_to crowd"),
    relation("zone routes_to lb"),
    relation("jobs triggers outer"),
    relation("files triggers outer"),
    relation("outer triggers inner"),
]


@pytest.mark.parametrize("each", FINE, ids=lambda each: f"{each['from']} {each['type']}")
def test_what_can_come_true_is_accepted_without_a_word(each: Json) -> None:
    assert said(world(each)) == ()


def test_all_of_it_can_come_true_at_once() -> None:
    assert said(world(*FINE)) == ()


OPEN_ROUTE = {"ingress": [{"protocol": "all", "cidrs": ["0.0.0.0/0"]}]}

REFUSED: list[tuple[str, Json, str, str, str]] = [
    ("web connects_to app", {}, "", "missing-ports", '"ports"'),
    ("outer connects_to db", {}, "/to", "unreachable", "in no network"),
    ("stranger connects_to db", {}, "/to", "unreachable", 'in network "far"'),
    ("stranger reads_from files", {}, "/from", "missing-role", "trusted_service"),
    ("lb routes_to stranger", {}, "", "contradiction", "different networks"),
    ("lb routes_to app", {"lb": {"listeners": REDIRECT}}, "", "contradiction", "redirects"),
    ("lb routes_to outer", {"lb": {"targets": [ref("app")]}}, "", "contradiction", "only target"),
    ("lb routes_to outer", {"crowd": {"load_balancer": ref("lb")}}, "", "contradiction", "only"),
    (
        "lb routes_to outer",
        {"lb": {"type": "network", "listeners": [{"port": 80, "protocol": "tcp"}]}},
        "",
        "contradiction",
        "application",
    ),
    (
        "zone routes_to lb",
        {"zone": {"records": [{"name": "@", "type": "A", "values": ["10.0.0.1"]}]}},
        "",
        "contradiction",
        "stands for something else",
    ),
    (
        "web connects_to db",
        {"db_wall": {"ingress": [{"port": n, "cidrs": ["10.9.0.0/16"]} for n in range(1, 61)]}},
        "",
        "too-many",
        str(MOST_RULES),
    ),
]


@pytest.mark.parametrize(("text", "changes", "place", "code", "words"), REFUSED)
def test_what_cannot_come_true_is_refused_where_it_stands(
    text: str, changes: Json, place: str, code: str, words: str
) -> None:
    (problem,) = said(world(relation(text), **changes))
    assert (problem.severity, problem.code) == ("error", code)
    assert problem.pointer == f"/relations/0{place}"
    assert words in problem.message
    assert [p for p in said(world(**changes)) if p.severity == "error"] == []


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (("files triggers outer", "files triggers inner"), "one function only"),
        (("lb routes_to outer", "lb routes_to inner"), "its only target"),
        (("lb routes_to app", "lb routes_to outer"), "its only target"),
    ],
)
def test_two_that_exclude_each_other_are_refused(texts: tuple[str, str], words: str) -> None:
    (problem,) = said(world(*map(relation, texts)))
    assert problem.severity == "error"
    assert words in problem.message
    assert all(said(world(relation(text))) == () for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        "web connects_to db",
        "lb connects_to app",
        "app reads_from db",
        "web reads_from files",
        "lb routes_to app",
        "jobs triggers outer",
        "web depends_on db",
    ],
)
def test_ports_are_said_only_where_they_are_not_known(text: str) -> None:
    (problem,) = said(world(relation(text, ports=[80])))
    assert (problem.severity, problem.pointer) == ("error", "/relations/0/ports")
    assert said(world(relation(text))) == ()


SHARED = {"app": {"firewalls": [ref("web-wall")]}}
PUBLIC = {"internal": False, "subnets": [ref("public"), ref("public-b")]}

WARNED: list[tuple[str, Json, str, str]] = [
    ("web connects_to db", {"db": {"firewalls": []}}, "missing-firewall", '"db" names no'),
    ("lb routes_to app", {"app": {"firewalls": []}}, "missing-firewall", '"app" names no'),
    ("web connects_to db", SHARED, "shared-access", '"app" names too'),
    (
        "web reads_from files",
        {"app": {"role": ref("machine-role")}},
        "shared-access",
        'in which "app"',
    ),
    ("web reads_from files", {"main": {"nat": "none"}}, "unreachable-service", "nothing leads out"),
    ("web reads_from files", {"web_wall": {"egress": []}}, "unreachable-service", "lets https out"),
    ("web connects_to lb", {"lb": PUBLIC}, "unreachable", "public address"),
]


@pytest.mark.parametrize(("text", "changes", "code", "words"), WARNED)
def test_what_does_more_or_less_than_it_says_is_told_with_what_to_do(
    text: str, changes: Json, code: str, words: str
) -> None:
    without = said(world(**changes))
    found = [
        problem for problem in said(world(relation(text), **changes)) if problem not in without
    ]
    assert {problem.severity for problem in found} == {"warning"}
    assert {problem.code for problem in found} == {code}
    assert any(words in problem.message for problem in found)
    assert all(problem.fix for problem in found)
    # A component without a firewall is told of that alone.
    assert {problem.code[-12:] for problem in without} <= {"-no-firewall"}
    assert bool(without) is (code == "missing-firewall")


def test_who_has_the_same_relation_is_no_stranger() -> None:
    both = (relation("web connects_to db"), relation("app connects_to db"))
    assert said(world(*both, **SHARED)) == ()
    assert said(world(both[0], **SHARED)) != ()


def test_rules_are_written_with_the_firewall_that_fewest_share() -> None:
    two = {"firewalls": [ref("web-wall"), ref("app-wall")]}
    shared = {"web": two, "crowd": {"firewalls": [ref("web-wall")]}, "app": two}
    changed = {component.id: component for component in _applied("web connects_to db", shared)}
    unshared = {
        component.id: component for component in _applied("web connects_to db", {"web": two})
    }
    assert len(changed["web-wall"].properties["egress"]) == 1  # the one it had
    assert len(changed["app-wall"].properties["egress"]) == 2
    assert len(unshared["web-wall"].properties["egress"]) == 2


def existing(name: str, kind: str, **properties: Any) -> Json:
    return {**part(name, kind, **properties), "existing": {"name": name}}


@pytest.mark.parametrize(
    ("text", "changes", "codes"),
    [
        ("web reads_from files", {"web": {"role": ref("their-role")}}, {"not-managed"}),
        ("web reads_from their-files", {}, set()),
        ("web reads_from their-db", {}, {"not-managed"}),
    ],
)
def test_what_is_only_looked_up_is_given_nothing(text: str, changes: Json, codes: set[str]) -> None:
    candidate = world(relation(text), **changes)
    candidate["components"] += [
        existing("their-role", "role", trusted_service="compute_instance"),
        existing("their-files", "object_storage"),
        existing("their-db", "database"),
    ]
    assert {problem.code for problem in said(candidate)} == codes


def test_a_rule_names_no_firewall_that_stands_several_times() -> None:
    candidate = world(relation("web connects_to db"))
    for component in candidate["components"]:
        if component["id"] == "web-wall":
            component["count"] = 2
    (problem,) = said(candidate)
    assert (problem.severity, problem.pointer) == ("error", "/relations/0")
    assert "stands several times" in problem.message
    beside = {"web": {"firewalls": [ref("web-wall"), ref("app-wall")]}}
    for component in candidate["components"]:
        component["properties"].update(beside.get(component["id"], {}))
    assert {problem.code for problem in said(candidate)} == {"shared-access"}


@pytest.mark.parametrize(
    ("walls", "codes"), [(["theirs"], {"not-managed"}), (["theirs", "ours"], set())]
)
def test_rules_are_not_added_to_a_firewall_that_is_only_looked_up(
    walls: list[str], codes: set[str]
) -> None:
    candidate = document(
        {**part("main", "network"), "existing": {"id": "vpc-0a1b2c3d"}},
        part("main-a", "subnet", network=ref("main"), cidr="10.0.1.0/24"),
        existing("theirs", "firewall", network=ref("main")),
        *(wall(name) for name in ("ours", "web-wall")),
        guarded("web", "compute_instance", subnet=ref("main-a")),
        part(
            "app",
            "compute_instance",
            subnet=ref("main-a"),
            firewalls=[ref(name) for name in walls],
        ),
        relations=[relation("web connects_to app", ports=[80])],
    )
    assert {problem.code for problem in said(candidate)} == codes


def _applied(text: str, changes: Json) -> Any:
    return apply(validate(world(relation(text), **changes))).document.components


@pytest.mark.parametrize(
    ("block", "port", "rules"),
    [
        ("10.0.1.0/24", 5432, 1),
        ("10.0.0.0/8", 5432, 1),
        ("10.0.1.0/28", 5432, 2),
        ("10.0.2.0/24", 5432, 2),
        ("10.0.1.0/24", 5433, 2),
    ],
)
def test_a_rule_counts_only_if_it_is_about_all_of_a_subnet_and_the_port(
    block: str, port: int, rules: int
) -> None:
    """The machine's subnet is 10.0.1.0/24."""
    given = {"db_wall": {"ingress": [{"port": port, "cidrs": [block]}]}}
    changed = {component.id: component for component in _applied("web connects_to db", given)}
    assert len(changed["db-wall"].properties["ingress"]) == rules


def test_a_port_that_is_known_later_is_opened_as_such() -> None:
    candidate = world(relation("web connects_to db"), db={"port": var("port")})
    candidate["variables"] = {"port": {"type": "number"}}
    by_id = {each.id: each for each in apply(validate(candidate)).document.components}
    (rule,) = by_id["db-wall"].properties["ingress"]
    assert rule["port"] == Var("port")


def test_a_document_is_not_changed_by_applying_its_relations() -> None:
    before = validate(world(*FINE))
    kept = copy.deepcopy(world(*FINE))
    assert apply(before).document != before
    assert before == validate(kept)
    once = apply(before).document
    assert apply(once).document == once


def test_relations_mean_the_same_in_any_order() -> None:
    forward, backward = validate(world(*FINE)), validate(world(*reversed(FINE)))
    assert apply(forward).document.components == apply(backward).document.components


def test_a_clouds_rules_judge_what_relations_make_of_a_component() -> None:
    slow = {"outer": {"timeout_seconds": 181}}
    (problem,) = said(world(relation("jobs triggers outer"), **slow))
    assert problem.code == "aws-function-visibility"
    assert problem.pointer.endswith("/properties/timeout_seconds")
    assert [p for p in said(world(**slow)) if p.severity == "error"] == []


def test_what_a_relation_opens_is_no_longer_warned_about() -> None:
    """Rules that warn see a document as its relations make it."""
    shut: Json = {"lb_wall": {"ingress": []}}
    for relations in ([], [relation("lb routes_to app")]):
        (warning,) = said(world(*relations, **shut))
        assert (warning.severity, warning.code) == ("warning", "aws-load-balancer-closed")
        assert "Nobody reaches" in warning.message
    opened = world(relation("lb routes_to app"), relation("web connects_to lb"), **shut)
    assert said(opened) == ()


def test_no_list_becomes_longer_than_its_type_allows() -> None:
    def zone(records: int) -> Json:
        listed = [{"name": f"r{n}", "type": "A", "values": ["10.0.0.1"]} for n in range(records)]
        return world(relation("zone routes_to lb"), zone={"records": listed})

    most = component_types.get("dns_zone").schema["properties"]["records"]["maxItems"]
    (problem,) = said(zone(most))
    assert (problem.pointer, problem.code) == ("/relations/0", "too-many")
    assert said(zone(most - 1)) == ()
