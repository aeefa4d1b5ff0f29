"""Terraform and an emulated AWS, each made once per test session."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.blueprints.generation import state_store
from tests.blueprints.generation.emulated import published_images
from tests.blueprints.generation.schema_provider import Account, Served, serving
from tests.blueprints.generation.terraform import Terraform

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory, served: Served) -> Terraform:
    """Terraform with the AWS provider of 2021, and today's other providers, prepared once."""
    environment = served.environment(without="aws")
    return Terraform.install(tmp_path_factory.mktemp("terraform"), environment)


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """Providers with today's schemas, which answer as long as the session lasts."""
    # Sockets have short paths: those of pytest's folders may be too long.
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as providers:
        yield providers


@pytest.fixture
def today(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Terraform with today's schemas, and an account that holds nothing yet."""
    served.account = Account()
    home = tmp_path_factory.mktemp("today")
    return Terraform.without_providers(home, served.environment())


@pytest.fixture(scope="session")
def _state_store() -> Iterator[str]:
    with state_store.serving() as address:
        yield address


@pytest.fixture
def store(_state_store: str) -> str:
    """The address of an http backend that holds no state yet."""
    state_store.Store.states.clear()
    return _state_store


@pytest.fixture
def aws_endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an emulated AWS that holds nothing yet but what others published."""
    from moto.ec2.models import amis  # noqa: PLC0415  # both cost seconds, and few tests need them
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  # likewise

    monkeypatch.setattr(amis, "AMIS", published_images())
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
