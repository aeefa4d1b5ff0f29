"""Object storage: a bucket and its settings, closed to the public and to plain HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws.policies import statement
from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.invocations import invocation
from blueprints.generation.clouds.aws.mapping import (
    CALLER,
    Context,
    TypeMapping,
    attribute,
    given,
    optional,
    reference,
    resource,
    tags,
    value,
)
from blueprints.generation.clouds.aws.policies import policy
from blueprints.generation.ir import Block, Reference, Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Value

LONGEST_PREFIX = 37  # the provider appends 26 characters to make the name unique
KEY_RECOVERY_DAYS = 30
UPLOAD_DAYS = 7  # parts of uploads that were never finished cost money and cannot be seen
_PUBLIC_ACCESS_SWITCHES = (
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
)


def object_storage(component: Component, context: Context) -> Iterator[Node]:
    """Build a bucket and each of its settings, which are resources of their own."""
    properties = component.properties
    bucket = optional(component, "bucket", context)
    made_up = naming.name(component, limit=LONGEST_PREFIX, ending="-") if bucket is None else None
    arguments: dict[str, Value | None] = {
        "bucket": bucket,
        "bucket_prefix": made_up,
        "force_destroy": value(properties["delete_contents"], context),
        "tags": tags(component),
    }
    yield resource("aws_s3_bucket", component, arguments)
    yield from _access(component)
    yield from _encryption(component)
    status = "Enabled" if properties["versioning"] else "Suspended"
    yield _setting(
        "aws_s3_bucket_versioning", component, Block("versioning_configuration", {"status": status})
    )
    if properties["lifecycle"]:
        yield _lifecycle(component)
    yield from _notifications(component, context)
    if properties["cors"]:
        rules = tuple(_cors_rule(rule, context) for rule in properties["cors"])
        yield _setting("aws_s3_bucket_cors_configuration", component, *rules)


def _bucket(component: Component, *path: str) -> Reference:
    return reference("aws_s3_bucket", component.id, *path)


def _setting(resource_type: str, component: Component, *blocks: Block) -> Node:
    return resource(resource_type, component, {"bucket": _bucket(component, "id")}, blocks)


def _access(component: Component) -> Iterator[Node]:
    closed = not component.properties["public_access"]
    yield _setting(
        "aws_s3_bucket_ownership_controls",
        component,
        Block("rule", {"object_ownership": "BucketOwnerEnforced"}),
    )
    switches: dict[str, Value | None] = {
        "bucket": _bucket(component, "id"),
        # Access lists stay shut even for public buckets, which are opened by policy alone.
        **{switch: closed or switch.endswith("acls") for switch in _PUBLIC_ACCESS_SWITCHES},
    }
    yield resource("aws_s3_bucket_public_access_block", component, switches)
    arguments: dict[str, Value | None] = {
        "bucket": _bucket(component, "id"),
        "policy": policy(*_statements(component)),
    }
    block = reference("aws_s3_bucket_public_access_block", component.id).target
    yield resource("aws_s3_bucket_policy", component, arguments, depends_on=(block,))


def _statements(component: Component) -> Iterator[Mapping[str, Value]]:
    objects = objects_arn(component)
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    yield statement(
        ("s3:*",),
        _bucket(component, "arn"),
        objects,
        effect="Deny",
        Principal="*",
        Condition=insecure,
    )
    if component.properties["public_access"]:
        yield statement(("s3:GetObject",), objects, Principal="*")


def objects_arn(component: Component) -> Template:
    """Name all objects of a bucket, for policies."""
    return Template((_bucket(component, "arn"), "/*"))


def has_own_key(component: Component) -> bool:
    """Whether a bucket is encrypted with a key made for it, which its readers need too."""
    return bool(component.properties["encryption"] == "own_key")


def _encryption(component: Component) -> Iterator[Node]:
    algorithm: dict[str, Value] = {"sse_algorithm": "AES256"}
    rule: dict[str, Value] = {}
    if has_own_key(component):
        yield own_key(component, f"Objects of {component.identity}")
        key = reference("aws_kms_key", component.id, "arn")
        algorithm = {"sse_algorithm": "aws:kms", "kms_master_key_id": key}
        rule = {"bucket_key_enabled": True}
    default = Block("apply_server_side_encryption_by_default", algorithm)
    yield _setting(
        "aws_s3_bucket_server_side_encryption_configuration",
        component,
        Block("rule", rule, (default,)),
    )


def own_key(component: Component, description: str) -> Node:
    """Build a key that rotates each year and can be restored for a month."""
    arguments: dict[str, Value | None] = {
        "description": description,
        "enable_key_rotation": True,
        "deletion_window_in_days": KEY_RECOVERY_DAYS,
        "tags": tags(component),
    }
    # It stays until nothing is encrypted with it any more.
    return resource("aws_kms_key", component, arguments, create_before_destroy=True)


def _lifecycle(component: Component) -> Node:
    rules = (_rule(rule) for rule in component.properties["lifecycle"])
    versioning = reference("aws_s3_bucket_versioning", component.id).target
    return resource(
        "aws_s3_bucket_lifecycle_configuration",
        component,
        {"bucket": _bucket(component, "id")},
        tuple(rules),
        # Rules about old versions are refused while the bucket keeps none.
        depends_on=(versioning,),
    )


def _rule(rule: Mapping[str, Any]) -> Block:
    texts = [f"{name}={said}" for name, said in sorted(rule.items())]
    name = naming.part(*texts, shown=rule["prefix"] or "all")
    arguments: dict[str, Value] = {"id": name, "status": "Enabled"}
    return Block("rule", arguments, tuple(_actions(rule)))


def _actions(rule: Mapping[str, Any]) -> Iterator[Block]:
    yield Block("filter", {"prefix": rule["prefix"]})
    yield Block("abort_incomplete_multipart_upload", {"days_after_initiation": UPLOAD_DAYS})
    for age, storage_class in (
        ("infrequent_after_days", "STANDARD_IA"),
        ("archive_after_days", "GLACIER"),
    ):
        if age in rule:
            yield Block("transition", {"days": rule[age], "storage_class": storage_class})
    if "expire_after_days" in rule:
        yield Block("expiration", {"days": rule["expire_after_days"]})
    if "old_versions_expire_after_days" in rule:
        days = rule["old_versions_expire_after_days"]
        yield Block("noncurrent_version_expiration", {"noncurrent_days": days})


def _notifications(component: Component, context: Context) -> Iterator[Node]:
    """Build the calls of functions for each new object, which a relation asks for."""
    notified = component.properties.get("notifies", ())
    functions = [context.component(ref.component) for ref in notified]
    # A bucket that is deleted can be anybody's next, under the same ARN.
    # https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
    owner = Reference(CALLER, ("account_id",))
    permissions = tuple(
        invocation(component, function, "s3", _bucket(component, "arn"), account=owner)
        for function in functions
    )
    yield from permissions
    calls = tuple(
        Block(
            "lambda_function",
            {
                "lambda_function_arn": reference("aws_lambda_function", function.id, "arn"),
                "events": ("s3:ObjectCreated:*",),
            },
        )
        for function in functions
    )
    if calls:
        yield resource(
            "aws_s3_bucket_notification",
            component,
            {"bucket": _bucket(component, "id")},
            calls,
            # AWS tries whether it may call before it keeps this.
            depends_on=tuple(permission.address for permission in permissions),
        )


def _cors_rule(rule: Mapping[str, Any], context: Context) -> Block:
    arguments: dict[str, Value | None] = {
        "allowed_methods": rule["methods"],
        "allowed_origins": value(rule["origins"], context),
        "allowed_headers": ("*",),
        "max_age_seconds": value(rule["max_age_seconds"], context),
    }
    return Block("cors_rule", given(arguments))


MAPPINGS = (
    TypeMapping(
        "object_storage",
        "storage",
        object_storage,
        {
            "id": attribute("aws_s3_bucket", "id"),
            "name": attribute("aws_s3_bucket", "bucket"),
            "arn": attribute("aws_s3_bucket", "arn"),
            "objects_arn": lambda component, _: objects_arn(component),
            "domain_name": attribute("aws_s3_bucket", "bucket_regional_domain_name"),
        },
    ),
)
