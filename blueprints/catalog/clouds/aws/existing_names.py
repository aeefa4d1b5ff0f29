"""What things can be called on AWS, for what exists already: also what nobody can call one now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .ids import IdForm

if TYPE_CHECKING:
    from collections.abc import Mapping

_API = "https://docs.aws.amazon.com/{}"
_FILTERS = _API.format("AWSEC2/latest/UserGuide/Using_Filtering.html")
#: What finds a thing of EC2, by its name or a tag, reads these as any characters.
WILDCARD = re.compile(r"[*?\\]")
#: The types that are found so.
FILTERED = frozenset({"compute_instance", "firewall", "network", "subnet"})


def _form(pattern: str, example: str, page: str) -> IdForm:
    return IdForm(re.compile(pattern), example, _API.format(page))


#: By component type, of those that documents look up by a name.
NAME_FORMS: Mapping[str, IdForm] = {
    **{kind: IdForm(re.compile(r"[^*?\\]{1,256}"), "main", _FILTERS) for kind in sorted(FILTERED)},
    "container_cluster": _form(
        "[A-Za-z0-9][A-Za-z0-9_-]{0,99}",
        "platform",
        "eks/latest/APIReference/API_CreateCluster.html",
    ),
    "database": _form(
        "(?!.{64})[A-Za-z](-?[A-Za-z0-9])*",
        "orders",
        "AmazonRDS/latest/APIReference/API_CreateDBInstance.html",
    ),
    "dns_zone": _form(
        "[A-Za-z0-9_/-]{1,63}(\\.[A-Za-z0-9_/-]{1,63}){0,126}\\.?",
        "example.com",
        "Route53/latest/DeveloperGuide/DomainNameFormat.html",
    ),
    "function": _form("[A-Za-z0-9_-]{1,64}", "orders", "lambda/latest/api/API_CreateFunction.html"),
    "load_balancer": _form(
        "[A-Za-z0-9-]{1,32}",
        "front",
        "elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html",
    ),
    # Old buckets of us-east-1 have names that no new one can have.
    "object_storage": _form(
        "[A-Za-z0-9._-]{3,255}",
        "acme-files",
        "AmazonS3/latest/userguide/bucketnamingrules.html",
    ),
    "queue": _form(
        "[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\\.fifo",
        "jobs",
        "AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html",
    ),
    "role": _form(
        "[A-Za-z0-9_+=,.@-]{1,64}", "runner", "IAM/latest/APIReference/API_CreateRole.html"
    ),
    "secret": _form(
        "[A-Za-z0-9/_+=.@!-]{1,512}",
        "shop/database",
        "secretsmanager/latest/apireference/API_CreateSecret.html",
    ),
}
