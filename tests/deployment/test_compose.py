"""What the compose files say where they must agree with the rest."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from deployment.local.postgres import DISCREET_LOG
from deployment.local.virtualenv import ROOT

SERVERS = {
    "docker-compose.v2.yml": ("postgres",),
    "deployment/citus/docker-compose.yml": ("coordinator", "worker-1", "worker-2"),
}


@pytest.mark.parametrize(("file", "servers"), SERVERS.items())
def test_no_server_writes_tenants_values_to_its_log(file: str, servers: tuple[str, ...]) -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / file).read_text())["services"]
    for name in servers:
        words = services[name]["command"]
        given = dict(word.removeprefix("-c").split("=", 1) for word in words if "=" in word)
        assert {**given, **DISCREET_LOG} == given, name
