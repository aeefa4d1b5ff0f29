"""Names and addresses: legal, each its own, and of what does not change."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from blueprints.catalog.component_types import resources
from blueprints.catalog.documents import Provider
from blueprints.catalog.documents.called import made_names
from blueprints.generation import generate
from blueprints.generation.clouds.aws import name_rules, naming
from blueprints.generation.clouds.aws.name_rules import NameCollision, require_names_of_their_own
from blueprints.generation.targets.terraform.names import node_name
from tests.blueprints.generation import documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Document
    from blueprints.generation.ir import Address, Node


def component(id: str, type: str, **properties: Any) -> dict[str, Any]:  # noqa: A002  # as documents say
    return {"id": id, "type": type, "properties": properties}


def nodes(*components: dict[str, Any]) -> dict[Address, Node]:
    return {node.address: node for node in documents.stack_of(documents.small(*components)).nodes}


def names(found: Mapping[Address, Node]) -> Iterator[tuple[str, str, name_rules.NameRule]]:
    """Each name in a stack, with what its resource is and the rule for it."""
    for address, node in found.items():
        rule = name_rules.RULES.get(address.type)
        if rule is None:
            continue
        for argument, more in ((rule.argument, ""), (rule.prefix, "0" * name_rules.RANDOM_SUFFIX)):
            name = name_rules.written(node.arguments.get(argument, ()), keys=LONGEST_KEYS)
            if name is not None:
                yield address.type, name + more, rule


def assert_legal(found: Mapping[Address, Node]) -> None:
    for kind, name, rule in names(found):
        assert len(name) <= rule.limit, (kind, name)
        assert re.fullmatch(rule.pattern, name), (kind, name)


LISTENER = {"port": 80, "protocol": "http"}
LONGEST_KEYS = {"each.key": "k" * 12, "count.index": "99"}
NET = component("net", "network", cidr="10.0.0.0/16")
SUBNETS = tuple(
    component(f"s-{zone}", "subnet", network={"ref": "net"}, cidr=f"10.0.{n}.0/24", zone=zone)
    for n, zone in enumerate("ab")
)
PLACE = [{"ref": "s-a"}, {"ref": "s-b"}]
FILES = component("files", "object_storage")


def function(id: str, *queues: str, **properties: Any) -> dict[str, Any]:  # noqa: A002  # as documents say
    source = {"bucket": {"ref": "files"}, "key": "code.zip"}
    triggers = [{"queue": {"ref": queue}} for queue in queues]
    return component(
        id,
        "function",
        runtime="python3.13",
        handler="a.b",
        source=source,
        queues=triggers,
        **properties,
    )


def cluster(id: str, *groups: str) -> dict[str, Any]:  # noqa: A002  # as documents say
    listed = [{"name": group} for group in groups]
    return component(id, "container_cluster", subnets=PLACE, node_groups=listed)


def role(id: str, service: str) -> dict[str, Any]:  # noqa: A002  # as documents say
    return component(id, "role", trusted_service=service)


# What is made up

IDS = st.from_regex(r"\A[a-z](-{0,2}[a-z0-9]){0,20}-?\Z").map(lambda text: text[:63])


@given(st.lists(st.tuples(IDS, st.sampled_from(["", "execution", "nodes"])), unique=True))
@example([("a-execution-9f5b3b1e", ""), ("a", "execution")])
@example([("a--b", ""), ("a-b", ""), ("a-b-", ""), ("a", "b")])
@settings(max_examples=300)
def test_no_two_things_make_one_part(things: list[tuple[str, str]]) -> None:
    texts = [(text, more) if more else (text,) for text, more in things]
    for limit in (16, 24, 48):
        parts = [naming.part(*each, limit=limit) for each in texts]
        assert len(set(parts)) == len(parts)
        assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", each) for each in parts)
        assert all(len(each) <= limit for each in parts)


def test_what_looks_marked_is_marked() -> None:
    made_up = naming.part("api", "execution")
    assert re.fullmatch("api-execution-[0-9a-f]{8}", made_up)
    assert naming.part(made_up) != made_up
    assert naming.part("api-execution") == "api-execution"
    assert naming.part("deadbeef") != "deadbeef"


@pytest.mark.parametrize(
    "components",
    [
        pytest.param(
            [
                FILES,
                function("mail"),
                component("mail-execution", "role", trusted_service="function"),
            ],
            id="role of a function",
        ),
        pytest.param(
            [
                NET,
                *SUBNETS,
                cluster("pods", "spot", "spot-", "web"),
                component("pods-web", "autoscaling_group", subnets=PLACE),
                role("pods-nodes", "container_node"),
                role("pods-control-plane", "container_cluster"),
            ],
            id="templates and roles of a cluster",
        ),
        pytest.param(
            [
                component(
                    "zone",
                    "dns_zone",
                    domain="example.com",
                    records=[
                        {"name": name, "type": "TXT", "values": ["x"]}
                        for name in ("@", "apex", "*", "a.b", "a-b", "_a-b", "a_b")
                    ],
                )
            ],
            id="records",
        ),
        pytest.param(
            [
                FILES,
                *(component(name, "queue") for name in ("in", "in-", "in--", "in-x")),
                function("work", "in", "in-", "in--", "in-x"),
            ],
            id="queues of a function",
        ),
        pytest.param(
            [
                NET,
                *SUBNETS,
                component("fast", "cache", engine="valkey", subnets=PLACE),
                component("fast-001", "cache", engine="memcached", subnets=PLACE),
            ],
            id="members of a replication group",
        ),
        pytest.param(
            [component("q" * 62 + end, "queue", fifo=fifo) for end in "ab" for fifo in [False]]
            + [component("b" * 62 + end, "object_storage") for end in "ab"],
            id="names that are cut",
        ),
    ],
)
def test_what_is_made_up_has_a_name_of_its_own(components: list[dict[str, Any]]) -> None:
    found = nodes(*components)
    assert_legal(found)
    assert len({(address.kind, address.type, node_name(address)) for address in found}) == len(
        found
    )


def test_a_memcached_cluster_is_not_called_as_a_member_of_a_group() -> None:
    (cluster,) = (
        node
        for address, node in nodes(
            NET, *SUBNETS, component("fast-001", "cache", engine="memcached", subnets=PLACE)
        ).items()
        if address.type == "aws_elasticache_cluster"
    )
    assert not re.search("fast-001$", str(name_rules.written(cluster.arguments["cluster_id"])))


@pytest.mark.parametrize("name", documents.NAMES)
def test_the_names_of_worked_documents_are_legal(name: str) -> None:
    found = {node.address: node for node in documents.stack_of(documents.load(name)).nodes}
    assert_legal(found)
    assert list(names(found))


def test_long_ids_stay_within_each_limit() -> None:
    raw = documents.raw(documents.EVERYTHING)
    long = {each["id"]: f"{each['id']}-{'x' * 62}"[:63] for each in raw["components"]}
    found = documents.stack_of(documents.renamed(raw, long)).nodes
    assert_legal({node.address: node for node in found})


@pytest.mark.parametrize(
    "repeat", [{"for_each": ["k" * 12, "b"]}, {"count": 100}], ids=["for_each", "count"]
)
@pytest.mark.parametrize("identity", ["short", "x" * 63])
@pytest.mark.parametrize(
    "kind",
    [
        component("it", "autoscaling_group", subnets=PLACE),
        component("it", "cache", engine="memcached", subnets=PLACE),
        component("it", "cache", engine="valkey", subnets=PLACE),
        component("it", "container_cluster", subnets=PLACE, node_groups=[{"name": "a"}]),
        component("it", "database", engine="postgres", subnets=PLACE, managed_password=True),
        component("it", "firewall", network={"ref": "net"}),
        component("it", "load_balancer", subnets=PLACE, internal=True, listeners=[LISTENER]),
        component("it", "object_storage"),
        component("it", "queue", fifo=True),
        component("it", "secret", generate={"length": 20}),
        component("it", "role", trusted_service="compute_instance"),
        function("it"),
    ],
    ids=lambda each: f"{each['type']}-{each['properties'].get('engine', '')}",
)
def test_names_with_keys_stay_within_each_limit(
    kind: dict[str, Any], identity: str, repeat: dict[str, Any]
) -> None:
    found = nodes(NET, *SUBNETS, FILES, {**kind, "id": identity, **repeat})
    assert_legal(found)
    made = {each: node for each, node in found.items() if each.component == identity}
    assert list(names(made))


HERE = {"": Provider("us-east-1")}


def test_two_equal_names_are_refused() -> None:
    (queue,) = nodes(component("jobs", "queue")).values()
    other = dataclasses.replace(queue, address=dataclasses.replace(queue.address, component="x"))
    with pytest.raises(NameCollision, match="jobs") as refusal:
        require_names_of_their_own([queue, other], HERE)
    assert refusal.value.extra["components"] == ["jobs", "x"]
    require_names_of_their_own([queue], HERE)
    elsewhere = dataclasses.replace(other, provider="replica")
    places = {**HERE, "replica": Provider("eu-west-1")}
    require_names_of_their_own([queue, elsewhere], places)
    with pytest.raises(NameCollision):
        require_names_of_their_own([queue, elsewhere], {**places, "replica": HERE[""]})


def test_no_name_that_is_given_is_taken_for_one_with_a_prefix() -> None:
    given = component("raw", "raw", resource="aws_sqs_queue", arguments={"name": "p" * 15 + "-q"})
    assert len(nodes(component("q", "queue"), given)) == 2


def test_each_rule_has_a_source() -> None:
    for rule in name_rules.RULES.values():
        assert rule.source.startswith("https://docs.aws.amazon.com/")


# What changes when the document does


def differences(before: Document, after: Document) -> dict[str, set[str]]:
    """The addresses that are new, gone and different."""
    old, new = (
        {f"{n.address.type}.{node_name(n.address)}": n for n in documents.stack_of(each).nodes}
        for each in (before, after)
    )
    return {
        "added": new.keys() - old.keys(),
        "removed": old.keys() - new.keys(),
        "changed": {name for name in old.keys() & new.keys() if old[name] != new[name]},
    }


@pytest.mark.parametrize("name", documents.NAMES)
def test_another_component_changes_nothing_else(name: str) -> None:
    raw = documents.raw(name)
    before = documents.validate(raw)
    raw["components"].append(component("one-more", "queue"))
    assert differences(before, documents.validate(raw)) == {
        "added": {"aws_sqs_queue.one_more"},
        "removed": set(),
        "changed": set(),
    }


def wall(*ingress: dict[str, Any]) -> Document:
    return documents.small(
        NET, component("wall", "firewall", network={"ref": "net"}, ingress=ingress)
    )


def test_rules_of_one_port_come_and_go_alone() -> None:
    first, second = ({"port": 22, "cidrs": [f"192.0.2.{n}/32"]} for n in (1, 2))
    both, one, merged = (
        wall(first, second),
        wall(second),
        wall({"port": 22, "cidrs": ["192.0.2.2/32", "192.0.2.1/32"]}),
    )
    gone = {"aws_security_group_rule.wall__ingress_tcp_22_192-0-2-1-32"}
    assert differences(both, one) == {"added": set(), "removed": gone, "changed": set()}
    assert not any(differences(both, merged).values())


def test_policies_of_a_role_come_and_go_alone() -> None:
    def role(*policies: Any) -> Document:
        variables = {"extra": {"type": "string"}}
        held = component("act", "role", trusted_service="function", managed_policies=policies)
        return documents.small(held, variables=variables)

    arns = [f"arn:aws:iam::{account}:policy/Read" for account in ("aws", "123456789012")]
    change = differences(role(*arns, {"var": "extra"}), role(arns[1], {"var": "extra"}))
    assert (len(change["removed"]), change["added"], change["changed"]) == (1, set(), set())


def test_records_targets_and_triggers_come_and_go_alone() -> None:
    def zone(*records: str) -> Document:
        listed = [{"name": name, "type": "A", "values": ["192.0.2.1"]} for name in records]
        return documents.small(component("z", "dns_zone", domain="example.com", records=listed))

    change = differences(zone("a", "b", "c"), zone("c", "b"))
    assert change == {"added": set(), "removed": {"aws_route53_record.z__a_a"}, "changed": set()}


def test_a_bucket_s_lifecycle_rules_are_called_by_what_they_say() -> None:
    def ids(*prefixes: str) -> list[Any]:
        rules = [{"prefix": prefix, "expire_after_days": 9} for prefix in prefixes]
        found = nodes(component("files", "object_storage", lifecycle=rules))
        (node,) = (n for a, n in found.items() if a.type.endswith("lifecycle_configuration"))
        return [block.arguments["id"] for block in node.blocks]

    assert ids("a/", "b/")[1:] == ids("b/")


def test_another_major_version_of_a_database_is_an_upgrade_in_place() -> None:
    """AWS refuses one without the flag, and one whose settings are of the old family."""

    def server(version: str) -> Document:
        raw = documents.raw("three-tier-web")
        (properties,) = (c["properties"] for c in raw["components"] if c["type"] == "database")
        properties["version"] = version
        return documents.validate(raw)

    before, after = server("15"), server("16")
    settings, flag = "aws_db_parameter_group.db", "allow_major_version_upgrade"
    assert differences(before, after) == {
        "added": set(),
        "removed": set(),
        "changed": {"aws_db_instance.db", settings},
    }
    found = {n.address.type: n for n in documents.stack_of(after).nodes}
    assert found["aws_db_instance"].arguments[flag] is True
    assert found["aws_db_parameter_group"].create_before_destroy
    assert found["aws_db_parameter_group"].arguments["family"] == "postgres16"
    assert "name" not in found["aws_db_parameter_group"].arguments


# Renaming and moving


def without_name_tags(node: Node) -> Node:
    tags = node.arguments.get("tags")
    kept = {k: v for k, v in tags.items() if k != "Name"} if isinstance(tags, dict) else tags
    # A scaling group's tags are blocks.
    blocks = tuple(b for b in node.blocks if (b.type, b.arguments.get("key")) != ("tag", "Name"))
    return dataclasses.replace(
        node, arguments={**node.arguments, "tags": kept or ()}, blocks=blocks
    )


@pytest.mark.parametrize("name", documents.NAMES)
def test_another_name_changes_nothing_but_the_name_tag(name: str) -> None:
    raw = documents.raw(name)
    before = documents.stack_of(documents.validate(raw)).nodes
    for each in raw["components"]:
        each["name"] = f"Renamed {each['id']}"
    after = documents.stack_of(documents.validate(raw)).nodes
    assert before != after
    assert list(map(without_name_tags, before)) == list(map(without_name_tags, after))


def test_another_id_moves_what_there_is() -> None:
    raw = documents.raw(documents.EVERYTHING)
    before = documents.stack_of(documents.validate(raw))
    moved = {each["id"]: f"new-{each['id']}"[:63] for each in raw["components"]}
    after = documents.stack_of(documents.renamed(raw, moved, declare=True))
    named = {old: node for node in after.nodes for old in node.former}
    made = [node for node in before.nodes if node.address.kind == "resource"]
    assert named.keys() == {node.address for node in made}
    for node in made:
        rule = name_rules.RULES.get(node.address.type)
        if rule:
            for argument in (rule.argument, rule.prefix, "description"):
                now = named[node.address].arguments.get(argument)
                assert name_rules.written(now or ()) == name_rules.written(
                    node.arguments.get(argument, ())
                )


def test_moves_are_told_step_by_step() -> None:
    moved = {**component("third", "queue"), "moved_from": ["first", "second"]}
    files = generate(documents.small(moved), target="terraform", project="p", prefix="shop")
    (text,) = (file.content for file in files if file.path == "moved.tf")
    steps = re.findall(r"from = (\S+)\n  to   = (\S+)", text)
    assert steps == [
        ("aws_sqs_queue.first", "aws_sqs_queue.second"),
        ("aws_sqs_queue.second", "aws_sqs_queue.third"),
    ]
    (queue,) = nodes(moved).values()
    assert name_rules.written(queue.arguments["name"]) == f"{'p' * 15}-first"


def test_what_gets_an_id_back_moves_from_where_it_was_and_keeps_its_names() -> None:
    back = {**component("first", "queue"), "moved_from": ["first", "second"]}
    files = generate(documents.small(back), target="terraform", project="p", prefix="shop")
    by_path = {file.path: file.content for file in files}
    assert re.findall(r"from = (\S+)\n  to   = (\S+)", by_path["moved.tf"]) == [
        ("aws_sqs_queue.second", "aws_sqs_queue.first")
    ]
    (queue,), (never_moved,) = nodes(back).values(), nodes(component("first", "queue")).values()
    assert queue.arguments == never_moved.arguments


def test_a_repeated_component_that_moved_keeps_its_names() -> None:
    queue = {**component("jobs", "queue"), "count": 2}
    moved = {**queue, "id": "tasks", "moved_from": ["jobs"]}
    (before,), (after,) = (nodes(each).values() for each in (queue, moved))
    assert before.arguments["name"] == after.arguments["name"]
    (other,) = nodes({**queue, "id": "tasks"}).values()
    assert before.arguments["name"] != other.arguments["name"]


def test_a_moved_component_keeps_the_addresses_of_what_names_it() -> None:
    work = function("work", "jobs")
    before = documents.small(FILES, component("jobs", "queue"), work)
    moved = {**component("tasks", "queue"), "moved_from": ["jobs"]}
    after = documents.small(FILES, moved, function("work", "tasks"))
    change = differences(before, after)
    assert change["added"] == {"aws_sqs_queue.tasks"}
    assert change["removed"] == {"aws_sqs_queue.jobs"}


def test_documents_are_held_to_the_names_that_generation_compares() -> None:
    compared = {kind: (rule.argument, *rule.scope) for kind, rule in name_rules.RULES.items()}
    assert compared == resources.NAMED


@pytest.mark.parametrize("name", documents.NAMES)
def test_documents_know_what_components_are_called(name: str) -> None:
    document = documents.load(name)
    written = {
        (node.address.component, node.address.type, found)
        for node in documents.stack_of(document).nodes
        if (rule := name_rules.RULES.get(node.address.type))
        and (found := name_rules.written(node.arguments.get(rule.argument, ()), "p"))
    }
    told = {(c.id, *each) for c in document.components for each in made_names(c, "p")}
    assert told <= written
    assert told
