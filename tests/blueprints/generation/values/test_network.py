"""Values of networks, firewalls, load balancers and DNS zones."""

from __future__ import annotations

import pytest

from tests.blueprints.generation.values.flat import (
    ABSENT,
    NETWORK,
    PRIVATE,
    Document,
    Expected,
    check,
    document,
    part,
    ref,
)

CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/12345678"
TWO_ZONES = [
    part(
        "main",
        "network",
        cidr="10.0.0.0/16",
        nat="per_zone",
        dns=False,
        flow_logs="refused",
        log_days=731,
    ),
    *(
        part(
            f"{kind}-{zone}",
            "subnet",
            network=ref("main"),
            cidr=f"10.0.{number}.0/24",
            zone=zone,
            public=kind == "public",
        )
        for number, (kind, zone) in enumerate(
            [("public", "a"), ("public", "b"), ("private", "a"), ("private", "b")]
        )
    ),
]
GATEWAY = {"aws_internet_gateway.main"}

NETWORKS: list[tuple[list[Document], Expected]] = [
    (
        NETWORK,
        {
            ("aws_vpc", "main"): [
                {
                    "cidr_block": "10.0.0.0/16",
                    "enable_dns_support": True,
                    "enable_dns_hostnames": True,
                }
            ],
            # https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-2
            ("aws_default_security_group", "main"): [
                {"vpc_id": "aws_vpc.main.id", "ingress": ABSENT, "egress": ABSENT}
            ],
            ("aws_flow_log", "main"): [],
            ("aws_route", "main"): [
                {
                    "destination_cidr_block": "0.0.0.0/0",
                    "gateway_id": "aws_internet_gateway.main.id",
                    "nat_gateway_id": ABSENT,
                }
            ],
            ("aws_subnet", "public-a"): [
                {
                    "cidr_block": "10.0.0.0/24",
                    "availability_zone": "eu-west-1a",
                    "map_public_ip_on_launch": False,
                    "vpc_id": "aws_vpc.main.id",
                }
            ],
            ("aws_subnet", "private-b"): [{"availability_zone": "eu-west-1b"}],
            ("aws_route_table_association", "public-a"): [
                {"route_table_id": "aws_route_table.main.public.id"}
            ],
            ("aws_route_table_association", "private-b"): [
                {"route_table_id": "aws_route_table.main.private.id"}
            ],
        },
    ),
    (
        TWO_ZONES,
        {
            ("aws_vpc", "main"): [{"enable_dns_support": False, "enable_dns_hostnames": False}],
            ("aws_cloudwatch_log_group", "main"): [{"retention_in_days": 731}],
            ("aws_flow_log", "main"): [
                {
                    "traffic_type": "REJECT",
                    "log_destination": "aws_cloudwatch_log_group.main.flow_logs.arn",
                    "iam_role_arn": "aws_iam_role.main.flow_logs.arn",
                }
            ],
            ("aws_eip", "main"): [{"domain": "vpc", "depends_on": GATEWAY}] * 2,
            ("aws_nat_gateway", "main"): [
                {
                    "subnet_id": f"aws_subnet.public-{zone}.id",
                    "allocation_id": f"aws_eip.main.private_{zone}.id",
                    "depends_on": GATEWAY,
                }
                for zone in "ab"
            ],
            ("aws_route", "main"): [
                {"gateway_id": "aws_internet_gateway.main.id"},
                *(
                    {
                        "route_table_id": f"aws_route_table.main.private_{zone}.id",
                        "nat_gateway_id": f"aws_nat_gateway.main.private_{zone}.id",
                        "destination_cidr_block": "0.0.0.0/0",
                        "gateway_id": ABSENT,
                    }
                    for zone in "ab"
                ),
            ],
            ("aws_route_table_association", "private-b"): [
                {"route_table_id": "aws_route_table.main.private_b.id"}
            ],
        },
    ),
]

RULES: Document = {
    "ingress": [
        {"protocol": "tcp", "port": 443, "cidrs": ["0.0.0.0/0", "::/0"]},
        {"protocol": "udp", "from_port": 5000, "to_port": 5010, "source": ref("wall")},
        {"protocol": "icmp", "cidrs": ["10.0.0.0/8", "2001:db8::/32"]},
        {"protocol": "all", "source": ref("other")},
    ],
    "egress": [{"protocol": "tcp", "port": 5432, "destination": ref("other")}],
}
GUARDED = part("other", "firewall", network=ref("main"), **RULES)
FIREWALLS: tuple[list[Document], Expected] = (
    [*NETWORK, GUARDED],
    {
        ("aws_security_group", "other"): [{"vpc_id": "aws_vpc.main.id"}],
        ("aws_security_group_rule", "other"): [
            *(
                {
                    "type": "ingress",
                    "protocol": "tcp",
                    "from_port": 443,
                    "to_port": 443,
                    "security_group_id": "aws_security_group.other.id",
                    "cidr_blocks": ABSENT,
                    "ipv6_cidr_blocks": ABSENT,
                    **blocks,
                }
                for blocks in ({"cidr_blocks": ["0.0.0.0/0"]}, {"ipv6_cidr_blocks": ["::/0"]})
            ),
            {
                "type": "ingress",
                "protocol": "udp",
                "from_port": 5000,
                "to_port": 5010,
                "source_security_group_id": "aws_security_group.wall.id",
                "self": ABSENT,
            },
            {
                "type": "ingress",
                "protocol": "icmp",
                "from_port": -1,
                "to_port": -1,
                "cidr_blocks": ["10.0.0.0/8"],
                "ipv6_cidr_blocks": ABSENT,
            },
            {
                "type": "ingress",
                "protocol": "icmpv6",
                "from_port": -1,
                "to_port": -1,
                "cidr_blocks": ABSENT,
                "ipv6_cidr_blocks": ["2001:db8::/32"],
            },
            {
                "type": "ingress",
                "protocol": "-1",
                "from_port": 0,
                "to_port": 0,
                "self": True,
                "source_security_group_id": ABSENT,
            },
            {
                "type": "egress",
                "protocol": "tcp",
                "from_port": 5432,
                "to_port": 5432,
                "self": True,
                "cidr_blocks": ABSENT,
            },
        ],
    },
)

MACHINE = part("box", "compute_instance", subnet=ref("private-a"))
BALANCER = part(
    "front",
    "load_balancer",
    internal=True,
    subnets=PRIVATE,
    firewalls=[ref("wall")],
    targets=[ref("box")],
    idle_timeout_seconds=31,
    deletion_protection=True,
    listeners=[
        {"port": 80, "protocol": "http", "redirect_to_https": True},
        {"port": 443, "protocol": "https", "target_port": 8080, "certificate": CERTIFICATE},
    ],
    health_check={
        "path": "/up",
        "interval_seconds": 21,
        "timeout_seconds": 4,
        "healthy_threshold": 2,
        "unhealthy_threshold": 7,
    },
)
WIRE = part(
    "wire",
    "load_balancer",
    type="network",
    internal=True,
    subnets=PRIVATE,
    listeners=[
        {"port": 53, "protocol": "udp"},
        {"port": 993, "protocol": "tls", "target_port": 143, "certificate": CERTIFICATE},
    ],
)
CHECK = {
    "health_check.protocol": "HTTP",
    "health_check.path": "/up",
    "health_check.matcher": "200-399",
    "health_check.interval": 21,
    "health_check.timeout": 4,
    "health_check.healthy_threshold": 2,
    "health_check.unhealthy_threshold": 7,
}
ASKED = part("asked", "load_balancer", **{**WIRE["properties"], "health_check": {"path": "/up"}})
BALANCERS: list[tuple[list[Document], Expected]] = [
    (
        [*NETWORK, MACHINE, BALANCER],
        {
            ("aws_lb", "front"): [
                {
                    "load_balancer_type": "application",
                    "internal": True,
                    "subnets": ["aws_subnet.private-a.id", "aws_subnet.private-b.id"],
                    "security_groups": ["aws_security_group.wall.id"],
                    "drop_invalid_header_fields": True,
                    "idle_timeout": 31,
                    "enable_deletion_protection": True,
                }
            ],
            ("aws_lb_target_group", "front"): [
                {
                    "protocol": "HTTP",
                    "port": 8080,
                    "target_type": "instance",
                    "vpc_id": "aws_vpc.main.id",
                    **CHECK,
                }
            ],
            ("aws_lb_target_group_attachment", "front"): [
                {"target_id": "aws_instance.box.id", "port": 8080}
            ],
            ("aws_lb_listener", "front"): [
                {
                    "port": 80,
                    "protocol": "HTTP",
                    "ssl_policy": ABSENT,
                    "default_action.type": "redirect",
                    "default_action.redirect.port": "443",
                    "default_action.redirect.protocol": "HTTPS",
                    "default_action.redirect.status_code": "HTTP_301",
                },
                {
                    "port": 443,
                    "protocol": "HTTPS",
                    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/
                    # describe-ssl-policies.html: TLS 1.3 and 1.2, forward secrecy.
                    "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
                    "certificate_arn": CERTIFICATE,
                    "default_action.type": "forward",
                },
            ],
        },
    ),
    (
        [*NETWORK, WIRE],
        {
            ("aws_lb", "wire"): [
                {
                    "load_balancer_type": "network",
                    "internal": True,
                    "idle_timeout": ABSENT,
                    "drop_invalid_header_fields": ABSENT,
                }
            ],
            ("aws_lb_target_group", "wire"): [
                {"protocol": "UDP", "port": 53, "health_check.protocol": "TCP"},
                {
                    "protocol": "TCP",
                    "port": 143,
                    "health_check.protocol": "TCP",
                    "health_check.path": ABSENT,
                },
            ],
            ("aws_lb_listener", "wire"): [
                {"port": 53, "protocol": "UDP"},
                {
                    "port": 993,
                    "protocol": "TLS",
                    "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
                },
            ],
        },
    ),
    (
        [*NETWORK, ASKED],
        {
            ("aws_lb_target_group", "asked"): [
                {
                    "port": port,
                    "health_check.protocol": "HTTP",
                    "health_check.path": "/up",
                    "health_check.matcher": "200-399",
                }
                for port in (53, 143)
            ],
        },
    ),
    (
        [
            *NETWORK,
            part(
                "site",
                "load_balancer",
                internal=False,
                subnets=[ref("public-a"), ref("public-b")],
                listeners=[{"port": 80, "protocol": "http"}],
            ),
            part(
                "public-b", "subnet", network=ref("main"), cidr="10.0.8.0/24", zone="b", public=True
            ),
        ],
        {
            ("aws_lb", "site"): [{"internal": False}],
            ("aws_lb_target_group", "site"): [
                {
                    "port": 80,
                    "health_check.path": "/",
                    "health_check.interval": 30,
                    "health_check.timeout": 5,
                }
            ],
        },
    ),
]

ZONE = part(
    "zone",
    "dns_zone",
    domain="example.com",
    network=ref("main"),
    records=[
        {"name": "@", "type": "A", "alias": ref("front")},
        {"name": "mail", "type": "MX", "ttl_seconds": 77, "values": ["10 mx.example.com."]},
        {"name": "long", "type": "TXT", "values": ["x" * 300]},
    ],
)
ZONES: tuple[list[Document], Expected] = (
    [*NETWORK, MACHINE, BALANCER, ZONE],
    {
        ("aws_route53_zone", "zone"): [{"name": "example.com", "vpc.vpc_id": "aws_vpc.main.id"}],
        ("aws_route53_record", "zone"): [
            {
                "type": "A",
                "name": "aws_route53_zone.zone.name",
                "alias.name": "aws_lb.front.dns_name",
                "alias.zone_id": "aws_lb.front.zone_id",
                "alias.evaluate_target_health": True,
                "ttl": ABSENT,
            },
            {
                "type": "MX",
                "name": "mail.aws_route53_zone.zone.name",
                "ttl": 77,
                "records": ["10 mx.example.com."],
            },
            {"type": "TXT", "ttl": 300, "records": ["x" * 255 + '""' + "x" * 45]},
        ],
    },
)


@pytest.mark.parametrize(("components", "expected"), [*NETWORKS, FIREWALLS, *BALANCERS, ZONES])
def test_values(components: list[Document], expected: Expected) -> None:
    check(document(*components), expected)
