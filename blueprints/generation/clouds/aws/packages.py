"""Where a function's code comes from: a package in a bucket, which need not be there yet.

A bucket that the same document makes is empty when the function is made, and Lambda makes none
without code. So a placeholder lies in such a bucket, under a key of its own, and stands in until
the package is uploaded. Nothing of the person's is ever overwritten.
"""

from __future__ import annotations

import base64
import io
import zipfile
from typing import TYPE_CHECKING

from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.mapping import Context, reference, resource, value
from blueprints.generation.ir import Address, Block, Listed, Node, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Value

_PART = "package"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_NOTE = "Upload the function's package to the key that its blueprint names, then apply again.\n"


def package_nodes(component: Component, context: Context) -> Iterator[Node]:
    """Build what finds the package, and what stands in for it in a bucket made beside it."""
    source = component.properties["source"]
    key = value(source["key"], context)
    bucket = reference("aws_s3_bucket", source["bucket"].component, "id")
    waits_for: tuple[Address, ...] = ()
    if not context.component(source["bucket"].component).existing:
        made = _placeholder(component, bucket, source["bucket"].component)
        where = {"bucket": bucket, "prefix": key, "max_keys": 1}
        listing = _lookup(component, "aws_s3_objects", where)
        yield from (made, listing)
        stand_in = Reference(made.address, ("key",))
        key = Listed(key, Reference(listing.address, ("keys",)), stand_in)
        waits_for = (made.address,)  # the package is not read before the placeholder is there
    yield _lookup(component, "aws_s3_object", {"bucket": bucket, "key": key}, waits_for)


def package_arguments(component: Component, context: Context) -> Mapping[str, Value | None]:
    """Name the package, and its version: so a new one under the same key is deployed."""
    source = component.properties["source"]
    given = source.get("version")
    return {
        "s3_bucket": _found(component, "bucket"),
        "s3_key": _found(component, "key"),
        "s3_object_version": value(given, context) if given else _newest(component, context),
    }


def _newest(component: Component, context: Context) -> Value | None:
    bucket = context.component(component.properties["source"]["bucket"].component)
    keeps_versions = bucket.existing or bucket.properties["versioning"]
    return _found(component, "version_id") if keeps_versions else None


def _found(component: Component, name: str) -> Reference:
    return Reference(Address("data", "aws_s3_object", component.id, _PART), (name,))


def _lookup(
    component: Component,
    type_: str,
    arguments: Mapping[str, Value],
    depends_on: tuple[Address, ...] = (),
) -> Node:
    address = Address("data", type_, component.id, _PART)
    return Node(address, arguments=arguments, depends_on=depends_on)


def _placeholder(component: Component, bucket: Value, bucket_id: str) -> Node:
    arguments: dict[str, Value | None] = {
        "bucket": bucket,
        "key": naming.of_instance(component, f"placeholders/{component.identity}", ".zip"),
        "content_base64": placeholder(),
        "content_type": "application/zip",
    }
    # An object takes ten tags at most, fewer than the provider may add to it.
    untagged = Block("override_provider", {}, (Block("default_tags", {"tags": {}}),))
    settings = ("aws_s3_bucket_versioning", "aws_s3_bucket_server_side_encryption_configuration")
    return resource(
        "aws_s3_object",
        component,
        arguments,
        (untagged,),
        part=_PART,
        create_before_destroy=True,  # the function runs it until it runs another
        depends_on=tuple(reference(setting, bucket_id).target for setting in settings),
    )


def placeholder() -> str:
    """Return an archive with a note in it, in base64: the same bytes each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("README.txt", _EARLIEST), _NOTE)
    return base64.b64encode(packed.getvalue()).decode()
