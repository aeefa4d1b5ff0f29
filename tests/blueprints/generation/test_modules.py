"""Modules in the generated code: local modules, with names of their own for each use."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.generation.clouds.aws.name_rules import RULES, written
from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents, older_provider
from tests.blueprints.generation.terraform import write_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from blueprints.generation.ir import Stack
    from tests.blueprints.generation.terraform import Terraform

Json = dict[str, Any]
BLUEPRINT = "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10"


def part(name: str, kind: str, **properties: Any) -> Json:
    return {"id": name, "type": kind, "properties": properties}


def ref(target: str) -> Json:
    return {"ref": target}


INNER: Json = {
    "cloud": "aws",
    "region": "us-west-2",
    "tags": {"Layer": "platform"},
    "variables": {
        "count": {"type": "number", "default": 1, "description": "Named like a meta-argument."},
        "name_prefix": {"type": "string", "default": "x"},
        "pin": {"type": "string", "secret": True},
        "teams": {"type": "list", "default": ["core"]},
    },
    "components": [
        part("main", "network", cidr="10.0.0.0/16"),
        part("a", "subnet", network=ref("main"), cidr="10.0.1.0/24", zone="a"),
        part("b", "subnet", network=ref("main"), cidr="10.0.2.0/24", zone="b"),
        part("jobs", "queue", delay_seconds={"var": "count"}),
        part("work", "autoscaling_group", size="small", image="debian-12", min=1, max=2,
             subnets=[ref("a"), ref("b")]),
        part("key", "secret", value={"var": "pin"}),
        part("token", "secret", generate={"length": 20}),
        part("acting", "role", trusted_service="compute_instance"),
        part("note", "raw", resource="aws_cloudwatch_log_group",
             arguments={"name_prefix": {"var": "name_prefix"}}),
        {**part("team", "queue"), "for_each": {"var": "teams"}},
    ],
    "relations": [{"from": "acting", "to": "jobs", "type": "depends_on"}],
    "outputs": {"url": ref("jobs.url"), "urls": ref("team.url")},
}  # fmt: skip


def used(name: str, **inputs: Any) -> Json:
    given = {"pin": {"var": "pin"}, **inputs}
    given = {name: value for name, value in given.items() if value is not None}
    return part(name, "module", blueprint=BLUEPRINT, version=3, inputs=given)


HOST: Json = {
    "variables": {
        "pin": {"type": "string", "secret": True},
        "place": {"type": "string", "default": "us-east-1"},
        "team": {"type": "string", "default": "core"},
        "many": {"type": "number", "default": 3},
    },
    "region": {"var": "place"},
    "providers": {"far": {"region": "eu-central-1"}},
    "tags": {"Team x": {"var": "team"}},
    "modules": {f"{BLUEPRINT}@3": INNER},
    "outputs": {"url": ref("orders.url"), "urls": ref("bills.urls")},
}
ORDERS = {**used("orders", count={"var": "many"}, teams=["red", "blue"]), "comment": "Why.",
          "tags": {"Desk": {"var": "team"}}}  # fmt: skip
BILLS = {**used("bills"), "provider": "far"}
TASKS = part("tasks", "queue")


def stack(*components: Json, **members: Any) -> Stack:
    return documents.stack_of(documents.small(*components, **{**HOST, **members}))


def whole() -> Stack:
    after = [{"from": "tasks", "to": "orders", "type": "depends_on"}]
    return stack(ORDERS, BILLS, TASKS, relations=after)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_each_use_is_a_local_module_with_its_inputs() -> None:
    files = write(whole())
    text = squeezed(files["modules.tf"])
    assert '# Why. module "orders" { source = "./modules/orders"' in text
    assert "providers = { aws = aws.far }" in text.partition('module "orders"')[0]
    assert "count_ = var.many" in text
    assert "name_prefix = var.name_prefix" in text
    assert 'teams = ["red", "blue"]' in text
    assert "region = var.place" in text.partition('module "orders"')[2]
    for name in ("orders", "bills"):
        for file in ("versions", "variables", "outputs", "network", "queues"):
            assert f"modules/{name}/{file}.tf" in files
        assert f"modules/{name}/providers.tf" not in files
    assert "depends_on = [module.orders]" in files["queues.tf"]
    assert "value       = module.orders.url" in files["outputs.tf"]


def test_what_an_output_is_about_is_left_out_if_nobody_said() -> None:
    inner = {**INNER, "outputs": {"prefix": {"var": "name_prefix"}}}
    outputs = {"prefix": ref("orders.prefix")}
    files = write(stack(ORDERS, modules={f"{BLUEPRINT}@3": inner}, outputs=outputs))
    assert "value = module.orders.prefix" in files["outputs.tf"]
    assert "description" not in files["outputs.tf"]


def test_a_module_is_given_its_prefix_and_keeps_secrets() -> None:
    text = write(whole())["modules/orders/variables.tf"]
    prefix = text.partition('variable "name_prefix" {')[2].partition("\n}\n")[0]
    assert "default" not in prefix.replace("_default_tags", "")
    pin = text.partition('variable "pin" {')[2].partition("\n}\n")[0]
    assert "sensitive = true" in pin
    assert 'variable "name_prefix_"' in text


def test_tags_reach_what_is_made_out_of_the_providers_reach() -> None:
    files = write(whole())
    assert '= var._default_tags["Team x"]' in files["modules/orders/compute.tf"]
    assert '"Team x"     = var.team' in files["modules.tf"]
    assert 'Layer = "platform"' in files["modules/orders/queues.tf"]
    assert 'availability_zone       = "${var.region}a"' in files["modules/orders/network.tf"]
    assert 'availability_zone       = "eu-central-1a"' in files["modules/bills/network.tf"]


def hidden(files: Mapping[str, str]) -> set[str]:
    found = re.findall(r'^output "(\w+)" {(.*?)^}', files["outputs.tf"], re.MULTILINE | re.DOTALL)
    return {name for name, text in found if "sensitive" in text}


def test_outputs_of_modules_show_no_secret() -> None:
    """Terraform refuses a plain output of a module's sensitive one."""
    kept = {"name": "a", "type": "SecureString", "value": {"join": ["x-", {"var": "pin"}]}}
    inner = {**INNER, "components": [
        part("kept", "raw", resource="aws_ssm_parameter", arguments=kept),
        part("note", "raw", resource="aws_sns_topic",
             arguments={"display_name": {"var": "name_prefix"}}),
        part("jobs", "queue"),
    ], "relations": [], "outputs": {name: ref(f"{name}.arn") for name in ("kept", "note", "jobs")},
    }  # fmt: skip
    members = {"modules": {f"{BLUEPRINT}@3": inner},
               "outputs": {name: ref(f"orders.{name}") for name in inner["outputs"]}}  # fmt: skip
    assert hidden(write(stack(used("orders"), **members))) == {"kept"}
    shown = part("shown", "raw", resource="aws_ssm_parameter", arguments=kept)
    leaking = used("orders", name_prefix=ref("shown.id"))
    assert hidden(write(stack(leaking, shown, **members))) == {"kept", "note", "jobs"}


STORED: Json = {"type": "string", "secret": True, "from": {"ssm_parameter": {"name": "/pin"}}}


def reading() -> Stack:
    inner = {**INNER, "variables": {**INNER["variables"], "pin": STORED}}
    return stack(used("orders", pin=None), modules={f"{BLUEPRINT}@3": inner}, outputs={})


def given_stored() -> Stack:
    return stack(ORDERS, variables={**HOST["variables"], "pin": STORED}, outputs={})


def test_a_module_reads_secrets_of_stores_by_itself() -> None:
    files = write(reading())
    assert "pin " not in files["modules.tf"]
    assert 'ephemeral "aws_ssm_parameter"' in files["modules/orders/stored_secrets.tf"]
    for path in ("versions.tf", "modules/orders/versions.tf"):
        assert '">= 1.11.0"' in files[path]


def test_a_module_is_given_secrets_of_stores() -> None:
    files = write(given_stored())
    assert "pin = local.pin" in squeezed(files["modules.tf"])
    assert 'data "aws_ssm_parameter"' in files["stored_secrets.tf"]
    assert "pin = sensitive(" in squeezed(files["locals.tf"])


@pytest.mark.terraform
@pytest.mark.parametrize("make", [reading, given_stored])
def test_terraform_accepts_secrets_of_stores(
    today: Terraform, tmp_path: Path, make: Callable[[], Stack]
) -> None:
    folder = write_files(tmp_path, write(make()))
    assert today.is_formatted(folder)
    today.run(folder, "init", "-no-color")
    today.run(folder, "validate", "-no-color")


def names(made: Stack) -> list[tuple[str, str]]:
    found = []
    for node in made.all_nodes():
        rule = RULES.get(node.address.type) if node.address.kind == "resource" else None
        for argument in (rule.argument, rule.prefix) if rule else ():
            name = written(node.arguments.get(argument, ()))
            if name:
                found.append((node.address.type, name))
    return found


def test_an_output_of_any_name_is_that_output() -> None:
    inner = {"cloud": "aws", "region": "us-east-1", "components": [part("jobs", "queue")],
             "outputs": {"id": ref("jobs.url")}}  # fmt: skip
    members: Json = {"variables": {}, "tags": {}, "region": "us-east-1"}
    files = write(stack(used("orders", pin=None), modules={f"{BLUEPRINT}@3": inner}, **members,
                        outputs={"url": ref("orders.id")}))  # fmt: skip
    assert "value = module.orders.id" in squeezed(files["outputs.tf"])


def test_two_uses_have_no_name_in_common() -> None:
    found = names(whole())
    assert len(found) == len(set(found))
    assert {name.split("-")[1] for kind, name in found if kind == "aws_iam_role"} >= {
        "orders", "bills"}  # fmt: skip


def test_names_in_modules_cannot_meet_those_outside() -> None:
    def queues(*components: Json) -> list[str]:
        return [name for kind, name in names(stack(*components, outputs={}))
                if kind == "aws_sqs_queue"]  # fmt: skip

    inside = queues(ORDERS)
    assert not set(inside) & set(queues(part("orders-jobs", "queue")))


ROLE_POLICY = [
    part("acting", "role", trusted_service="compute_instance"),
    part("p", "raw", resource="aws_iam_role_policy",
         arguments={"name": "fixed", "role": ref("acting.name"), "policy": "{}"}),
]  # fmt: skip
FIXED = [part("q", "raw", resource="aws_sqs_queue", arguments={"name": "fixed"})]


@pytest.mark.parametrize(("inner", "provider"), [(ROLE_POLICY, ""), (FIXED, "far")])
def test_a_name_is_its_own_in_another_region_and_within_another_role(
    inner: list[Json], provider: str
) -> None:
    carried = {"cloud": "aws", "region": "us-east-1", "components": inner}
    uses = [part(name, "module", blueprint=BLUEPRINT, version=3) for name in ("one", "two")]
    if provider:
        uses[1]["provider"] = provider
    made = stack(*uses, modules={f"{BLUEPRINT}@3": carried}, outputs={})
    assert [name for _, name in names(made)].count("fixed") == 2


def test_a_use_that_comes_changes_nothing_of_the_other() -> None:
    one, two = stack(ORDERS, outputs={}), stack(ORDERS, BILLS, outputs={})
    assert one.modules["orders"] == two.modules["orders"]
    files, more = write(one), write(two)
    kept = {path: text for path, text in files.items() if path.startswith("modules/")}
    assert kept.items() <= more.items()


def test_another_id_is_a_move() -> None:
    moved = {**used("renamed"), "moved_from": ["orders"]}
    files = write(stack(moved, outputs={}))
    assert "from = module.orders" in files["moved.tf"]
    assert "to   = module.renamed" in files["moved.tf"]
    before = write(stack(used("orders"), outputs={}))
    for path, text in before.items():
        if path.startswith("modules/"):
            assert files[path.replace("orders", "renamed")] == text


def tags_of(text: str) -> dict[str, str]:
    """The tags of the first resource that has any, as they are written."""
    block = text.partition("tags = {")[2].partition("}")[0]
    lines = (line.partition("=") for line in block.splitlines())
    return {key.strip().strip('"'): value.strip() for key, _, value in lines if value}


def test_tags_of_a_module_reach_all_that_is_in_it() -> None:
    """Those of the document around it too, and of the module around that; nearer ones win."""
    inner = {"cloud": "aws", "region": "us-east-1", "tags": {"Layer": "data"}, "components": [
        part("jobs", "queue"),
        part("topic", "raw", resource="aws_sns_topic", arguments={"tags": {"Kind": "topic"}}),
        part("rule", "raw", resource="aws_sns_topic_policy",
             arguments={"arn": ref("topic.arn"), "policy": "{}"}),
    ]}  # fmt: skip
    key = f"{BLUEPRINT}@3"
    middle = {"cloud": "aws", "region": "us-east-1", "modules": {key: inner},
              "variables": {"desk": {"type": "string"}},
              "tags": {"Layer": "app", "Floor": "2", "Desk": {"var": "desk"}},
              "components": [part("orders", "module", blueprint=BLUEPRINT, version=3)]}  # fmt: skip
    outer = {**part("outer", "module", blueprint=BLUEPRINT, version=3,
                    inputs={"desk": {"var": "team"}}),
             "tags": {"Floor": "1", "Cost": {"join": ["c-", {"var": "team"}]}}}  # fmt: skip
    files = write(stack(outer, modules={key: middle}, outputs={}))
    assert '_tags = { Cost = "c-${var.team}" }' in squeezed(files["modules.tf"])
    shown = "_tags = { Cost = var._tags.Cost Desk = var.desk }"
    assert shown in squeezed(files["modules/outer/modules.tf"])
    folder = "modules/outer/modules/orders"
    expected = {"Layer": '"data"', "Floor": '"2"', "Desk": "var._tags.Desk",
                "Cost": "var._tags.Cost"}  # fmt: skip
    assert tags_of(files[f"{folder}/queues.tf"]) == {**expected, "Name": '"jobs"'}
    assert tags_of(files[f"{folder}/other.tf"]) == {**expected, "Kind": '"topic"'}
    assert files[f"{folder}/other.tf"].count("tags = {") == 1
    assert 'variable "_tags"' in files[f"{folder}/variables.tf"]
    assert 'variable "_tags"' not in files["variables.tf"]


def test_modules_lie_in_modules() -> None:
    middle = {**INNER, "components": [ORDERS], "modules": HOST["modules"],
              "variables": {**HOST["variables"], "many": {"type": "number"}},
              "relations": [], "outputs": {"url": ref("orders.url")}}  # fmt: skip
    made = stack(used("outer", many=2), modules={f"{BLUEPRINT}@3": middle},
                 outputs={"url": ref("outer.url")})  # fmt: skip
    files = write(made)
    assert 'source = "./modules/orders"' in squeezed(files["modules/outer/modules.tf"])
    assert "modules/outer/modules/orders/queues.tf" in files
    assert '= var._default_tags["Team x"]' in files["modules/outer/modules.tf"]
    assert {name for _, name in names(made) if "-outer-" not in name} == set()


def test_terraform_accepts_modules(terraform: Terraform, tmp_path: Path) -> None:
    fitted = older_provider.fit(whole(), terraform.provider_schema)
    folder = write_files(tmp_path / "code", write(fitted.stack))
    assert terraform.is_formatted(folder)
    terraform.init(folder)
    terraform.validate(folder)


def replaced(made: Json) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (change["address"], tuple(change["change"]["actions"]))
        for change in made["resource_changes"]
        if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
    ]


@pytest.mark.terraform
def test_terraform_makes_moves_and_destroys_modules(today: Terraform, tmp_path: Path) -> None:
    folder = write_files(tmp_path, write(whole()))
    today.run(folder, "init", "-no-color")
    today.run(folder, "apply", "-no-color", "-auto-approve", pin="1234")
    assert "No changes." in today.run(folder, "plan", "-no-color", pin="1234")
    moved = {**ORDERS, "id": "renamed", "moved_from": ["orders"]}
    gone = {"queues.tf": "", "outputs.tf": ""}
    write_files(folder, {**gone, **write(stack(moved, BILLS, outputs={}))})
    today.run(folder, "init", "-no-color")
    today.run(folder, "plan", "-no-color", "-out=plan", pin="1234")
    plan = json.loads(today.run(folder, "show", "-json", "plan"))
    assert replaced(plan) == [("aws_sqs_queue.tasks", ("delete",))]
    today.run(folder, "apply", "-no-color", "plan")
    assert "No changes." in today.run(folder, "plan", "-no-color", pin="1234")
    today.run(folder, "destroy", "-no-color", "-auto-approve", pin="1234")
