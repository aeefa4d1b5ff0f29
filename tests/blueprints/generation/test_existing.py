"""What exists already is read by data sources and never made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog import component_types
from blueprints.catalog.clouds.aws.ids import ID_FORMS
from blueprints.catalog.component_types.existing import EXISTING
from blueprints.catalog.documents import InvalidDocument, validate
from blueprints.generation.clouds.aws.existing import _DATA_SOURCES
from blueprints.generation.ir import Reference, references
from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents, older_provider
from tests.blueprints.generation.terraform import write_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from blueprints.catalog.documents import Document
    from tests.blueprints.generation.terraform import Terraform


def existing(component_id: str, kind: str, by: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"id": component_id, "type": kind, "existing": by, "properties": facts}


def part(component_id: str, kind: str, **properties: Any) -> dict[str, Any]:
    return {"id": component_id, "type": kind, "properties": properties}


def ref(target: str) -> dict[str, str]:
    return {"ref": target}


IN_MAIN = {"network": ref("main")}
FOUND = [
    existing("main", "network", {"id": {"var": "vpc"}}),
    existing("a", "subnet", {"tags": {"Tier": "data", 'odd "${key}"': "v"}}, zone="a", **IN_MAIN),
    existing("b", "subnet", {"name": "data-b"}, zone="b", **IN_MAIN),
    existing("wall", "firewall", {"name": "shared"}, **IN_MAIN),
    existing("runner", "role", {"name": "runner"}, trusted_service="compute_instance"),
    existing("zone", "dns_zone", {"name": "example.com"}),
    existing("inner", "dns_zone", {"name": "corp.example.com"}, **IN_MAIN),
    existing("files", "object_storage", {"name": "company-files"}),
    existing("cluster", "container_cluster", {"name": "platform"}),
    existing("password", "secret", {"name": "prod/db"}),
    existing("jobs", "queue", {"name": "jobs"}),
    existing("old-db", "database", {"name": "old"}),
    existing("old-fn", "function", {"name": "old"}),
    existing("old-box", "compute_instance", {"id": "i-0a1b2c3d"}),
    existing("lb", "load_balancer", {"name": "shared"}),
]
MADE = [
    part("new", "subnet", cidr="10.0.9.0/24", zone="c", **IN_MAIN),
    part("db", "database", engine="postgres", subnets=[ref("a"), ref("b")],
         firewalls=[ref("wall")], password=ref("password")),
    part("box", "compute_instance", size="small", image="debian-12", subnet=ref("a"),
         firewalls=[ref("wall")], role=ref("runner")),
    part("worker", "role", trusted_service="function", reads=[ref("files"), ref("jobs")],
         writes=[ref("files")], invokes=[ref("old-fn")]),
    part("record", "raw", resource="aws_route53_record", arguments={
        "zone_id": ref("zone.id"), "name": "www", "type": "CNAME", "ttl": 60,
        "records": [ref("lb.dns_name")]}),
]  # fmt: skip


def document() -> Document:
    outputs = {
        f"{found['id'].replace('-', '_')}_{attribute.name}": ref(f"{found['id']}.{attribute.name}")
        for found in FOUND
        for attribute in component_types.get(found["type"]).attributes
        if attribute.name not in EXISTING[found["type"]].unknown
    }
    variables = {"vpc": {"type": "string"}}
    waits = [{"from": "box", "to": "old-db", "type": "depends_on"}]
    return documents.small(*FOUND, *MADE, variables=variables, outputs=outputs, relations=waits)


def test_nothing_that_exists_is_made_and_all_of_it_is_read() -> None:
    stack = documents.stack_of(document())
    found = {component["id"] for component in FOUND}
    of_existing = [node for node in stack.nodes if node.address.component in found]
    assert {node.address.kind for node in of_existing} == {"data"}
    assert {node.address.component for node in of_existing} == found
    nodes = {node.address for node in stack.nodes}
    assert {target for node in stack.nodes for target in documents.edges(node)} <= nodes
    told = [r for output in stack.outputs for r in references(output.value)]
    assert {r.target for r in told if isinstance(r, Reference)} <= nodes


def test_what_exists_is_looked_up_as_the_document_says() -> None:
    text = write(documents.stack_of(document()))["existing.tf"]
    assert 'data "aws_vpc" "main" {\n  id = var.vpc\n}' in text
    assert (
        'data "aws_subnet" "a" {\n'
        "  vpc_id = data.aws_vpc.main.id\n\n"
        "  tags = {\n"
        '    Tier              = "data"\n'
        '    "odd \\"$${key}\\"" = "v"\n'
        "  }\n}"
    ) in text
    assert '  tags = {\n    Name = "data-b"\n  }' in text
    assert "private_zone = true" in text
    assert text.count('"aws_iam_instance_profile"') == 1
    assert "resource" not in text


def test_what_is_made_refers_to_it() -> None:
    files = write(documents.stack_of(document()))
    assert "subnet_ids = [data.aws_subnet.a.id, data.aws_subnet.b.id]" in files["databases.tf"]
    assert "data.aws_secretsmanager_secret_version.password.secret_string" in files["databases.tf"]
    assert "data.aws_iam_instance_profile.runner.name" in files["compute.tf"]
    assert '"${data.aws_s3_bucket.files.arn}/*"' in files["identity.tf"]
    assert "aws_route_table" not in files["network.tf"]
    # Data sources of older kinds call some attributes otherwise.
    assert "data.aws_db_instance.old_db.master_username" in files["outputs.tf"]


def test_terraform_accepts_what_is_looked_up(terraform: Terraform, tmp_path: Path) -> None:
    fitted = older_provider.fit(documents.stack_of(document()), terraform.provider_schema)
    # The data source came after that provider; today's schemas judge it.
    assert {address.type for address in fitted.nodes} <= {"aws_iam_openid_connect_provider"}
    folder = write_files(tmp_path / "code", write(fitted.stack))
    assert terraform.is_formatted(folder)
    terraform.init(folder)
    terraform.validate(folder)


@pytest.mark.parametrize("kind", sorted(EXISTING))
def test_every_way_to_find_a_component_is_known_here(kind: str) -> None:
    main = next(iter(_DATA_SOURCES[kind].values()))
    for found_by in EXISTING[kind].found_by:
        assert found_by in main.found_by or "tags" in main.found_by
    stated = EXISTING[kind].facts
    assert (main.in_network is not None) == ("network" in stated)


def test_a_document_without_existing_components_has_no_file_for_them() -> None:
    assert "existing.tf" not in write(documents.stack_of(documents.load("three-tier-web")))


def _found_instead(component: Any, found_by: str) -> Any:
    """Return a component as one that exists already, with what may be stated of it."""
    given = component.get("properties", {})
    stated = {name: given[name] for name in EXISTING[component["type"]].facts if name in given}
    form = ID_FORMS.get(component["type"])
    named = {"name": "thing", "tags": {"a": "b"}}
    value = named.get(found_by) or (form.example if form else "")
    kept = {"id": component["id"], "type": component["type"], "properties": stated}
    return {**kept, "existing": {found_by: value}}


def _with_one_found() -> Iterator[Any]:
    """Yield each document with each of its components found in each way instead of made."""
    for name in documents.NAMES:
        raw = documents.raw(name)
        for index, component in enumerate(raw["components"]):
            known = EXISTING.get(component["type"])
            for found_by in known.found_by if known and "existing" not in component else ():
                others = list(raw["components"])
                others[index] = _found_instead(component, found_by)
                yield {**raw, "components": others}


def test_whatever_may_be_found_instead_of_made_is_generated() -> None:
    generated = 0
    for candidate in _with_one_found():
        try:
            found = validate(candidate)
        except InvalidDocument:
            continue
        assert write(documents.stack_of(found))["existing.tf"]
        generated += 1
    assert generated > 30
