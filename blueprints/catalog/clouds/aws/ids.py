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
    """

    pattern: re.Pattern[str]
    example: str


_ARN = r"arn:(?:aws|aws-cn|aws-us-gov):{}:[a-z0-9-]+:[0-9]{{12}}:{}"


def _numbered(kind: str) -> IdForm:
    """Ids of EC2: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html."""
    return IdForm(
        re.compile(rf"{kind}-(?:[0-9a-f]{{8}}|[0-9a-f]{{17}})"), f"{kind}-0123456789abcdef0"
    )


def _arn(service: str, rest: str, example: str) -> IdForm:
    return IdForm(re.compile(_ARN.format(service, rest)), example)


#: By component type, of those that documents look up by an id.
ID_FORMS: Mapping[str, IdForm] = {
    "compute_instance": _numbered("i"),
    # https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html
    "dns_zone": IdForm(re.compile("Z[A-Z0-9]{1,31}"), "Z0123456789ABCDEFGHIJ"),
    "firewall": _numbered("sg"),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/
    # list_awselasticloadbalancingv2.html
    "load_balancer": _arn(
        "elasticloadbalancing",
        "loadbalancer/(?:app|net)/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}",
        "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/0123456789abcdef",
    ),
    "network": _numbered("vpc"),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/
    # list_awssecretsmanager.html
    "secret": _arn(
        "secretsmanager",
        "secret:[A-Za-z0-9/_+=.@!-]{1,519}",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:api-key-AbCdEf",
    ),
    "subnet": _numbered("subnet"),
}
