"""How long the policies inside a role become, counted before names are known.

Names are taken to be as long as their components' ids let them become, so a role that fits here
fits under every prefix. A test compares with the policies that are generated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws.partitions import partition
from blueprints.catalog.prefixes import MAX_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents.cloud_rules.context import Subject

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_CHARACTERS = 10_240
_ACCOUNT = 12
_RANDOM = 26  # characters that make a name unique
_AROUND = len('{"Version":"2012-10-17","Statement":[]}')
_STATEMENT = len('{"Effect":"Allow","Action":[],"Resource":[]},')
_ITEM = len('"",')
_KEY = 36
# The longest list of actions for each kind of access; what names them is the generator.
_ACTIONS = {"object_storage": 190, "queue": 150, "secret": 70, "function": 30}
#: What a function adds to the role it acts in: its log, its interfaces, its queues.
_RUNTIME = 750


def size(role: Subject) -> int:
    """Return the most characters that a role's own policies may take."""
    access = sum(_access(role, name) for name in ("reads", "writes", "invokes"))
    statements = sum(_written(statement) for statement in role.listed("statements"))
    runtime = sum(_runtime(function) for function in _acting(role))
    return _AROUND + access + statements + runtime - _listed_twice(role)


def _access(role: Subject, name: str) -> int:
    targets = [target for _, target in role.targets(name) if target.component.type in _ACTIONS]
    kinds = {target.component.type for target in targets}
    statements = sum(_statements_of(kind) + _ACTIONS[kind] for kind in kinds)
    return statements + sum(sum(_arns(target)) for target in targets)


def _listed_twice(role: Subject) -> int:
    """Count what buckets that are read and written share: one statement lets list them."""
    read = {target.id for _, target in role.targets("reads")}
    both = (target for _, target in role.targets("writes") if target.id in read)
    return sum(next(_arns(bucket)) for bucket in both if bucket.component.type == "object_storage")


def _statements_of(kind: str) -> int:
    return _STATEMENT * (3 if kind == "object_storage" else 1)


def _arns(target: Subject) -> Iterator[int]:
    """Yield the length of each ARN by which a component stands in a policy."""
    region = target.context.region
    start = len(f"arn:{partition(region)}:")
    place = len(f":{region}:") + _ACCOUNT + 1
    name = MAX_PREFIX + 1 + len(target.id)
    match target.component.type:
        case "object_storage":
            bucket = start + len("s3:::") + _bucket(target, name)
            yield from (bucket + _ITEM, bucket + len("/*") + _ITEM)
            if target.text("encryption") == "own_key":
                yield start + len("kms") + place + len("key/") + _KEY + _ITEM
        case "queue":
            yield start + len("sqs") + place + min(name + len(".fifo"), 80) + _ITEM
        case "secret":
            made = len("secretsmanager") + len("secret:") + name + 1 + _RANDOM + len("-AbCdEf")
            yield start + made + place + _ITEM
        case _:
            yield start + len("lambda") + len("function:") + place + min(name, 64) + _ITEM


def _bucket(target: Subject, name: int) -> int:
    given = target.text("bucket")
    return len(given) if given else min(name + 1 + _RANDOM, 63)


def _written(statement: Mapping[str, Any]) -> int:
    values = (*statement["actions"], *statement["resources"])
    return _STATEMENT + sum(len(str(value)) + _ITEM for value in values)


def _acting(role: Subject) -> Iterator[Subject]:
    for function in role.context.of_type("function"):
        if function.target("role") == role:
            yield function


def _runtime(function: Subject) -> int:
    queues = {trigger["queue"] for trigger in function.listed("queues")}
    named = (function.context.at(queue) for queue in queues)
    return _RUNTIME + sum(sum(_arns(queue)) for queue in named if queue)
