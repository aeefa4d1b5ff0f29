from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

from . import dns_records, fields
from .base import Attribute, ComponentType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_DOMAIN = 253  # RFC 1035 section 3.1, without the final dot

_RECORD = fields.record(
    "One name in the zone and what it stands for.",
    {
        "name": fields.text(
            'The part before the domain; "@" is the domain itself.',
            max_length=190,
            pattern="^(@|(\\*|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)"
            "(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*)$",
            examples=["www", "@", "*.apps"],
            literal=True,
        ),
        "type": fields.choice(
            "The record's type.", "A", "AAAA", "CAA", "CNAME", "MX", "NS", "SRV", "TXT"
        ),
        "ttl_seconds": fields.integer(
            "Seconds that resolvers may remember it.", minimum=1, maximum=172800, default=300
        ),
        "values": fields.listing(
            "What it stands for, as zone files write it.",
            fields.text("One value.", max_length=4000),
            min_items=1,
            max_items=100,
            computed=True,
        ),
        "alias": fields.component("The load balancer it stands for.", "load_balancer"),
    },
    required=["name", "type"],
)


def check_records(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Each record has values or an alias, and each name and type comes once."""
    seen: set[tuple[str, str]] = set()
    for index, record in enumerate(properties["records"]):
        path = ("records", index)
        for message in _record_faults(record):
            yield Problem.error(path, message)
        key = (record["name"], record["type"])
        if key in seen:
            message = f"A {key[1]} record for {key[0]!r} stands above: put all values into one."
            yield Problem.error(path, message)
        seen.add(key)


def check_neighbours(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """A CNAME stands alone: its name has no other records (RFC 1034 section 3.6.2)."""
    types: dict[str, set[str]] = {}
    for index, record in enumerate(properties["records"]):
        name, kind = record["name"], record["type"]
        beside = types.setdefault(name, set()) - {kind}
        if beside and (kind == "CNAME" or "CNAME" in beside):
            message = (
                f"{name!r} has a record of type {min(beside)} above, and a CNAME stands alone: "
                "keep one of the two, or take an alias."
            )
            yield Problem.error(("records", index), message)
        types[name].add(kind)


def check_values(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Values look as their type demands, and a CNAME has one."""
    for index, record in enumerate(properties["records"]):
        values = record.get("values")
        if not isinstance(values, tuple):
            continue
        if record["type"] == "CNAME" and len(values) > 1:
            message = f"A CNAME has one value, not {len(values)}."
            yield Problem.error(("records", index, "values"), message)
        for place, value in enumerate(values):
            if isinstance(value, str) and (message := dns_records.fault(record["type"], value)):
                yield Problem.error(("records", index, "values", place), message)


def check_names(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """A record's name and the domain fit into a name of DNS."""
    domain = properties["domain"]
    for index, record in enumerate(properties["records"]):
        length = len(record["name"]) + 1 + len(domain) if isinstance(domain, str) else 0
        if length > LONGEST_DOMAIN:
            message = f"With its domain, the name has {length} characters; {LONGEST_DOMAIN} fit."
            yield Problem.error(("records", index, "name"), message)


def _record_faults(record: Mapping[str, Any]) -> Iterator[str]:
    if ("values" in record) == ("alias" in record):
        yield 'Give either "values" or "alias".'
    if "alias" in record and record["type"] not in {"A", "AAAA"}:
        yield f"An alias is a record of type A or AAAA, not {record['type']}."
    if record["type"] == "CNAME" and record["name"] == dns_records.APEX:
        yield "The domain itself cannot be a CNAME (RFC 1912 section 2.4): use an alias."


TYPE = ComponentType(
    name="dns_zone",
    title="DNS zone",
    category="networking",
    description="A domain and its records: public, or known inside one network only.",
    schema=fields.properties(
        {
            "domain": fields.text(
                "The domain, in lower case, without a final dot.",
                max_length=253,
                min_length=3,
                pattern="^[a-z0-9.-]+$",
                format="domain",
                examples=["example.com"],
            ),
            "network": fields.component(
                "The network that alone sees it; without one, all the world does.", "network"
            ),
            "records": fields.listing("Its records.", _RECORD, max_items=500, default=()),
        },
        required=["domain"],
        example={
            "domain": "example.com",
            "records": [{"name": "www", "type": "A", "alias": {"ref": "lb"}}],
        },
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the zone."),
        Attribute("domain", "string", "Its domain."),
        Attribute("name_servers", "list", "The servers that the parent zone must name."),
    ),
    clouds={
        "aws": "aws_route53_zone, aws_route53_record",
        "azure": "azurerm_dns_zone or azurerm_private_dns_zone",
        "google": "google_dns_managed_zone, google_dns_record_set",
    },
    relations={"routes_to": ("load_balancer",)},
    checks=(check_records, check_neighbours, check_values, check_names),
)
