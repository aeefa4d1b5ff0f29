"""Terraform and an emulated AWS, each made once per test session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.blueprints.generation.terraform import Terraform

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Terraform with the provider of 2021, prepared once."""
    return Terraform.install(tmp_path_factory.mktemp("terraform"))


@pytest.fixture
def aws_endpoint() -> Iterator[str]:
    """The address of an emulated AWS that holds nothing yet."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  # costs seconds; one test needs it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
