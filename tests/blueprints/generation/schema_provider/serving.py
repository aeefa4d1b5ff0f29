"""Serves the providers over sockets, so that Terraform finds them without an installation.

https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
from tf.gen import grpc_controller_pb2 as controller
from tf.gen import grpc_controller_pb2_grpc as controller_rpc
from tf.gen import tfplugin_pb2_grpc as rpc

from tests.blueprints.generation.schema_provider import ephemeral
from tests.blueprints.generation.schema_provider.account import Account
from tests.blueprints.generation.schema_provider.protocol import SchemaProvider
from tests.blueprints.generation.schema_provider.schemas import data

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REGISTRY = "registry.terraform.io"
_PROTOCOL_VERSION = 6


@dataclass
class Served:
    """Providers that answer.

    Attributes:
        account: where resources are made; a test may put another one here.
        addresses: where the providers answer, by their source.
    """

    account: Account = field(default_factory=Account)
    addresses: dict[str, dict[str, Any]] = field(default_factory=dict)

    def environment(self, *, without: str = "") -> dict[str, str]:
        """Return what Terraform's environment must hold, to use all providers but one."""
        found = {
            f"{_REGISTRY}/{source}": address
            for source, address in self.addresses.items()
            if not source.endswith(f"/{without}")
        }
        return {"TF_REATTACH_PROVIDERS": json.dumps(found)}


class _Controller(controller_rpc.GRPCControllerServicer):  # type: ignore[misc]  # without types
    """Answers Terraform when it is done with a provider: it goes on serving the next command."""

    def Shutdown(self, request: Any, context: Any) -> Any:
        return controller.Empty()


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve all providers whose schemas are known, on sockets in a folder."""
    served = Served()
    with ExitStack() as stack:
        for source in data()["providers"]:
            name = source.split("/")[1]
            socket = folder / f"{name}.sock"
            provider = SchemaProvider(name, lambda: served.account)
            stack.enter_context(_server(provider, socket))
            served.addresses[source] = _address(socket)
        yield served


@contextmanager
def _server(provider: SchemaProvider, socket: Path) -> Iterator[None]:
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    rpc.add_ProviderServicer_to_server(provider, server)
    server.add_generic_rpc_handlers((ephemeral.handler(provider.open),))
    controller_rpc.add_GRPCControllerServicer_to_server(_Controller(), server)
    server.add_insecure_port(f"unix://{socket}")
    server.start()
    try:
        yield
    finally:
        server.stop(grace=None).wait()


def _address(socket: Path) -> dict[str, Any]:
    return {
        "Protocol": "grpc",
        "ProtocolVersion": _PROTOCOL_VERSION,
        "Pid": os.getpid(),
        "Test": True,
        "Addr": {"Network": "unix", "String": str(socket)},
    }
