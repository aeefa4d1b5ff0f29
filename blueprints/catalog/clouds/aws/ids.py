"""What AWS's own ids of things look like, for what exists already."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class IdForm:
    """The form of the ids of one component type.

    Attributes:
        pattern: what an id matches as a whole.
        example: one.
        source: the address of the page that says so.
    """

    pattern: re.Pattern[str]
    example: str
    source: str


_ARN = r"arn:(?:aws|aws-cn|aws-us-gov):{}:[a-z0-9-]+:[0-9]{{12}}:{}"


def _numbered(kind: str) -> IdForm:
    """Ids of EC2."""
    return IdForm(
        re.compile(rf"{kind}-(?:[0-9a-f]{{8}}|[0-9a-f]{{17}})"),
        f"{kind}-0123456789abcdef0",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html",
    )


def _arn(service: str, rest: str, example: str, page: str) -> IdForm:
    source = f"https://docs.aws.amazon.com/service-authorization/latest/reference/{page}.html"
    return IdForm(re.compile(_ARN.format(service, rest)), example, source)


#: By component type, of those that documents look up by an id.
ID_FORMS: Mapping[str, IdForm] = {
    "compute_instance": _numbered("i"),
    "dns_zone": IdForm(
        re.compile("Z[A-Z0-9]{1,31}"),
        "Z0123456789ABCDEFGHIJ",
        "https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html",
    ),
    "firewall": _numbered("sg"),
    "load_balancer": _arn(
        "elasticloadbalancing",
        "loadbalancer/(?:app|net)/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}",
        "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/0123456789abcdef",
        "list_awselasticloadbalancingv2",
    ),
    "network": _numbered("vpc"),
    "secret": _arn(
        "secretsmanager",
        "secret:[A-Za-z0-9/_+=.@!-]{1,519}",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:api-key-AbCdEf",
        "list_awssecretsmanager",
    ),
    "subnet": _numbered("subnet"),
}
