"""DNS zones: Route 53, public or tied to a network, and their records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from blueprints.catalog.component_types.dns_records import APEX, LONGEST_STRING
from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    attribute,
    reference,
    resource,
    tags,
    value,
)
from blueprints.generation.ir import Block, Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Value

_SPECIAL = re.compile(r'(?<!\\)"|[^ -~]')  # what has a backslash already is its author's


def dns_zone(component: Component, context: Context) -> Iterator[Node]:
    """Build a zone and its records."""
    network = component.properties.get("network")
    vpc = {"vpc_id": reference("aws_vpc", network.component, "id")} if network else None
    arguments: dict[str, Value | None] = {
        "name": value(component.properties["domain"], context),
        "comment": f"Zone {component.identity}",
        "tags": tags(component),
    }
    yield resource("aws_route53_zone", component, arguments, (Block("vpc", vpc),) if vpc else ())
    for record in component.properties["records"]:
        yield _record(component, record, context)


def _record(component: Component, record: Mapping[str, Any], context: Context) -> Node:
    domain = reference("aws_route53_zone", component.id, "name")
    name = domain if record["name"] == APEX else Template((f"{record['name']}.", domain))
    arguments: dict[str, Value | None] = {
        "zone_id": reference("aws_route53_zone", component.id, "zone_id"),
        "name": name,
        "type": record["type"],
    }
    part = _part(record)
    if "alias" in record:
        alias = _alias(record["alias"].component)
        return resource("aws_route53_record", component, arguments, (alias,), part=part)
    arguments["ttl"] = value(record["ttl_seconds"], context)
    arguments["records"] = _values(record, context)
    return resource("aws_route53_record", component, arguments, part=part)


def _part(record: Mapping[str, Any]) -> str:
    """Name a record by its type and name; one of the domain itself has its type's alone."""
    kind: str = record["type"].lower()
    return kind if record["name"] == APEX else f"{kind}_{naming.part(record['name'])}"


def _alias(balancer: str) -> Block:
    arguments: dict[str, Value] = {
        "name": reference("aws_lb", balancer, "dns_name"),
        "zone_id": reference("aws_lb", balancer, "zone_id"),
        "evaluate_target_health": True,
    }
    return Block("alias", arguments)


def _values(record: Mapping[str, Any], context: Context) -> Value:
    found = value(record["values"], context)
    if record["type"] != "TXT" or not isinstance(found, tuple):
        return found
    return tuple(_text(item) if isinstance(item, str) else item for item in found)


def _text(text: str) -> str:
    """Write a TXT value as the provider wants it: without the outer quotes that it adds itself.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route53_record
    """
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return text[1:-1]
    starts = range(0, len(text), LONGEST_STRING)
    strings = (text[start : start + LONGEST_STRING] for start in starts)
    return '""'.join(_SPECIAL.sub(_escaped, string) for string in strings)


def _escaped(found: re.Match[str]) -> str:
    """Write a quotation mark, or a character beyond ASCII, as Route 53 reads it.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat
    """
    character = found.group()
    if character == '"':
        return '\\"'
    return "".join(f"\\{byte:03o}" for byte in character.encode())


MAPPINGS = (
    TypeMapping(
        "dns_zone",
        "dns",
        dns_zone,
        {
            "id": attribute("aws_route53_zone", "zone_id"),
            "domain": attribute("aws_route53_zone", "name"),
            "name_servers": attribute("aws_route53_zone", "name_servers"),
        },
    ),
)
