"""Route 53."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents.cloud_rules.context import RuleContext, Subject

_GUIDE = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide"


def _zone(record: dict[str, object], at: str = "") -> Example:
    return Example({"records": [record]}, at)


@rule(
    "aws-dns-zone/apex-name-servers",
    limit="Route 53 makes the NS record of the zone itself.",
    source=f"{_GUIDE}/SOA-NSrecords.html",
    accepted=(_zone({"name": "team", "type": "NS", "values": ["ns1.example.net"]}),),
    refused=(_zone({"name": "@", "type": "NS", "values": ["ns1.example.net"]}, "/records/0"),),
)
def apex_name_servers(zone: Subject) -> Iterator[Problem]:
    """Nothing competes with the zone's own name servers."""
    for index, record in enumerate(zone.listed("records")):
        if record["type"] == "NS" and record["name"] == "@":
            message = (
                "Route 53 makes the NS record of the zone itself: remove this one, and tell the "
                "parent zone what the zone's name_servers are."
            )
            yield Problem.error(("records", index), message)


@rule(
    "aws-dns-zone/wildcard",
    limit="Records of type NS cannot have a name with an asterisk.",
    source=f"{_GUIDE}/DomainNameFormat.html#domain-name-format-asterisk",
    accepted=(_zone({"name": "*.apps", "type": "A", "values": ["192.0.2.1"]}),),
    refused=(
        _zone({"name": "*.apps", "type": "NS", "values": ["ns1.example.net"]}, "/records/0/name"),
    ),
)
def wildcard(zone: Subject) -> Iterator[Problem]:
    """No wildcard delegates."""
    for index, record in enumerate(zone.listed("records")):
        if record["type"] == "NS" and record["name"].startswith("*"):
            message = "An asterisk cannot name a record of type NS: delegate each name by itself."
            yield Problem.error(("records", index, "name"), message)


@rule(
    "aws-dns-zone/same-private-zone",
    limit="A network sees one private zone of each domain.",
    source=f"{_GUIDE}/hosted-zone-private-considerations.html",
    accepted=(
        Example(
            {"domain": "corp.example", "network": {"ref": "main"}},
            beside=(
                {
                    "id": "other",
                    "type": "dns_zone",
                    "properties": {"domain": "corp.example", "network": {"ref": "bare"}},
                },
            ),
        ),
    ),
    refused=(
        Example(
            {"domain": "corp.example", "network": {"ref": "main"}},
            "/domain",
            beside=(
                {
                    "id": "other",
                    "type": "dns_zone",
                    "properties": {"domain": "corp.example", "network": {"ref": "main"}},
                },
            ),
        ),
    ),
)
def same_private_zone(zone: Subject) -> Iterator[Problem]:
    """No zone above is for the same network and domain."""
    network, domain = zone.target("network"), zone.text("domain")
    if network is None or domain is None:
        return
    first = zone.context.once(_first_private_zones).get((network.id, domain), zone.id)
    if first != zone.id:
        message = f"{first} is a private zone of {domain} in the network {network.id} already."
        yield Problem.error(("domain",), message)


def _first_private_zones(context: RuleContext) -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for zone in context.of_type("dns_zone"):
        network, domain = zone.target("network"), zone.text("domain")
        if network and domain:
            found.setdefault((network.id, domain), zone.id)
    return found


RULES = (
    apex_name_servers,
    wildcard,
    same_private_zone,
)

LIMITS = (
    Limit("dns_zone", "A CNAME has one value and no other record beside it.", "the type"),
    Limit("dns_zone", "The domain itself is no CNAME.", "the type"),
    Limit("dns_zone", "Values have the form of their type (A, AAAA, MX, TXT …).", "the type"),
    Limit("dns_zone", "Strings of a TXT record have at most 255 characters.", "the type"),
    Limit("dns_zone", "A name has at most 255 bytes, a label 63.", "the type"),
    Limit("dns_zone", "TTLs are 0 to 2,147,483,647 s.", "the type: 1 to 172,800 s"),
    Limit("dns_zone", "10,000 records in a zone, 400 values in a record.", "the type: 500 and 100"),
    Limit("dns_zone", "Values have at most 4,000 characters.", "the type"),
    Limit(
        "dns_zone",
        "Some domains, such as example.com, are reserved by AWS.",
        "nothing: the list is not published",
    ),
)
