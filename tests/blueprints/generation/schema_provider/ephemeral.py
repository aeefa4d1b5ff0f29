"""Ephemeral resources and write-only arguments, which the protocol's bindings in Python lack.

Their messages are like those of data sources, so these stand for them; the two members that are
nowhere in the bindings are added as bytes. Field numbers: tfplugin6.proto, protocol 6.9,
https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/tfplugin6.proto
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from tf.gen import tfplugin_pb2 as pb

from tests.blueprints.generation.schema_provider.schemas import Body, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SERVICE = "tfplugin6.Provider"
_BYTES = 2  # the wire type of texts, bytes and messages
_EPHEMERAL_SCHEMAS = 8  # of GetProviderSchema.Response
_RESULT = 3  # of OpenEphemeralResource.Response
_TEXT, _NUMBER = ("string", False), ("number", False)
_NEEDED = ("string", True)

#: From the pages of the providers' documentation, as the bindings in wheels have none of these.
RESOURCES: Mapping[str, Body] = {
    "aws_secretsmanager_secret_version": {
        "attributes": {
            "secret_id": _NEEDED,
            "region": _TEXT,
            "version_id": _TEXT,
            "version_stage": _TEXT,
        },
        "computed": {"arn": "string", "created_date": "string", "secret_string": "string"},
        "blocks": {},
    },
    "aws_ssm_parameter": {
        "attributes": {"arn": _NEEDED, "region": _TEXT, "with_decryption": ("boolean", False)},
        "computed": {"name": "string", "type": "string", "value": "string", "version": "number"},
        "blocks": {},
    },
    "vault_kv_secret_v2": {
        "attributes": {"mount": _NEEDED, "name": _NEEDED, "namespace": _TEXT, "version": _NUMBER},
        "computed": {"data": "map", "data_json": "string", "path": "string"},
        "blocks": {},
    },
}


def with_ephemerals(response: Any, name: str) -> Any:
    """Add the ephemeral resources of a provider to its schema."""
    entries = b"".join(
        _field(_EPHEMERAL_SCHEMAS, _entry(type_, schema(body)))
        for type_, body in RESOURCES.items()
        if type_.startswith(f"{name}_")
    )
    return type(response).FromString(response.SerializeToString() + entries)


def _entry(key: str, value: Any) -> bytes:
    return _field(1, key.encode()) + _field(2, value.SerializeToString())


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def handler(opened: Callable[[str, Any], pb.DynamicValue]) -> grpc.GenericRpcHandler:
    """Answer the requests about ephemeral resources.

    Args:
        opened: returns what an ephemeral resource of a type and a configuration is.
    """

    def validate(request: Any, _: Any) -> Any:
        del request
        return pb.ValidateDataResourceConfig.Response()

    def open_(request: Any, _: Any) -> bytes:
        return _field(_RESULT, opened(request.type_name, request.config).SerializeToString())

    answers = {
        "ValidateEphemeralResourceConfig": _method(validate, _written),
        "OpenEphemeralResource": _method(open_, bytes),
        "CloseEphemeralResource": _method(validate, _written),
    }
    return grpc.method_handlers_generic_handler(_SERVICE, answers)


def _written(response: Any) -> bytes:
    content: bytes = response.SerializeToString()
    return content


def _method(answer: Callable[[Any, Any], Any], write: Callable[[Any], bytes]) -> Any:
    return grpc.unary_unary_rpc_method_handler(answer, pb.ReadDataSource.Request.FromString, write)
