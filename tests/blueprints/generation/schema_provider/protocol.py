"""The provider's side of Terraform's plugin protocol, version 6.

https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgpack
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc

from tests.blueprints.generation.schema_provider import ephemeral, facts, schemas, values
from tests.blueprints.generation.schema_provider.account import Account, Refused, State
from tests.blueprints.generation.schema_provider.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def packed(value: Any) -> pb.DynamicValue:
    """Write a value."""
    return pb.DynamicValue(msgpack=msgpack.packb(value))


def unpacked(value: pb.DynamicValue) -> Any:
    """Read a value; what is not known yet is ``UNKNOWN``."""
    if not value.msgpack:
        return json.loads(value.json or b"null")
    return msgpack.unpackb(
        value.msgpack, raw=False, strict_map_key=False, ext_hook=lambda *_: UNKNOWN
    )


class SchemaProvider(rpc.ProviderServicer):  # type: ignore[misc]  # published without types
    """One provider, whose resources live in an account.

    Args:
        name: what its types begin with.
        account: returns the account that is meant now.
    """

    def __init__(self, name: str, account: Callable[[], Account]) -> None:
        self._resources = schemas.of_provider("resources", name)
        self._data = schemas.of_provider("data", name)
        self._account = account
        self._schema = ephemeral.with_ephemerals(self._own_schema(name), name)

    def _own_schema(self, name: str) -> Any:
        return pb.GetProviderSchema.Response(
            provider=schemas.schema(schemas.CONFIGURATION[name]),
            resource_schemas={t: schemas.schema(b) for t, b in self._resources.items()},
            data_source_schemas={t: schemas.schema(b) for t, b in self._data.items()},
        )

    def GetProviderSchema(self, request: Any, context: Any) -> Any:
        return self._schema

    def ValidateProviderConfig(self, request: Any, context: Any) -> Any:
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: Any, context: Any) -> Any:
        given = values.only_read(self._resources[request.type_name], unpacked(request.config))
        faults = [_error(Refused(f"Value for unconfigurable attribute: {name}")) for name in given]
        return pb.ValidateResourceConfig.Response(diagnostics=faults)

    def ValidateDataResourceConfig(self, request: Any, context: Any) -> Any:
        return pb.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, request: Any, context: Any) -> Any:
        return pb.ConfigureProvider.Response()

    def StopProvider(self, request: Any, context: Any) -> Any:
        return pb.StopProvider.Response()

    def UpgradeResourceState(self, request: Any, context: Any) -> Any:
        state = pb.DynamicValue(json=request.raw_state.json)
        return pb.UpgradeResourceState.Response(upgraded_state=state)

    def ReadResource(self, request: Any, context: Any) -> Any:
        key = request.type_name, unpacked(request.current_state)["id"]
        return pb.ReadResource.Response(new_state=packed(self._account().live.get(key)))

    def PlanResourceChange(self, request: Any, context: Any) -> Any:
        before, after = unpacked(request.prior_state), unpacked(request.proposed_new_state)
        if after is None:
            return pb.PlanResourceChange.Response(planned_state=packed(None))
        values.forget(after)
        type_ = request.type_name
        if "tags_all" in after:
            # The tags of a module's provider are left out: all modules have this one.
            after["tags_all"] = after["tags"] or {}
        if before is None:
            values.leave_open(self._resources[type_], after)
        elif _untagged(before) != _untagged(after):
            after |= dict.fromkeys(facts.CHANGES_ALWAYS.get(type_, ()), UNKNOWN)
        return pb.PlanResourceChange.Response(
            planned_state=packed(after),
            requires_replace=_paths(type_, before or after, after),
            legacy_type_system=True,
        )

    def ApplyResourceChange(self, request: Any, context: Any) -> Any:
        before, after = unpacked(request.prior_state), unpacked(request.planned_state)
        try:
            after = self._applied(request.type_name, before, after)
        except Refused as refusal:
            return pb.ApplyResourceChange.Response(
                new_state=request.prior_state,
                diagnostics=[_error(refusal)],
                legacy_type_system=True,
            )
        return pb.ApplyResourceChange.Response(new_state=packed(after), legacy_type_system=True)

    def _applied(self, type_: str, before: State | None, after: State | None) -> State | None:
        account = self._account()
        if after is not None:
            values.fill_in(type_, self._resources[type_], after, account)
        account.apply(type_, before, after)
        return after

    def open(self, type_: str, config: Any) -> pb.DynamicValue:
        """Read an ephemeral resource, which finds the same each time."""
        found, body = unpacked(config), ephemeral.RESOURCES[type_]
        values.leave_open(body, found)
        values.read(type_, body, found, self._account())
        self._account().opened.append(type_)
        return packed(found)

    def ReadDataSource(self, request: Any, context: Any) -> Any:
        found = unpacked(request.config)
        body = self._data[request.type_name]
        values.leave_open(body, found)
        try:
            values.read(request.type_name, body, found, self._account())
        except Refused as refusal:
            return pb.ReadDataSource.Response(diagnostics=[_error(refusal)])
        return pb.ReadDataSource.Response(state=packed(found))


def _untagged(state: State) -> State:
    return {name: value for name, value in state.items() if name not in {"tags", "tags_all"}}


def _error(refusal: Refused) -> Any:
    return pb.Diagnostic(severity=pb.Diagnostic.ERROR, summary=str(refusal))


def _paths(type_: str, before: State, after: State) -> Iterator[Any]:
    """Yield the arguments that changed and can only be changed by making the resource anew."""
    for name in sorted(facts.REPLACES.get(type_, ())):
        if name in after and values.comparable(before.get(name)) != values.comparable(after[name]):
            yield pb.AttributePath(steps=[pb.AttributePath.Step(attribute_name=name)])
