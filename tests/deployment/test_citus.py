"""The files for Citus: whole, without a container engine, which nothing here has."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml

from deployment.local.virtualenv import ROOT

FOLDER = ROOT / "deployment" / "citus"
COMPOSE = FOLDER / "docker-compose.yml"
NODES = ("coordinator", "worker-1", "worker-2")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return content


def test_every_service_says_what_it_runs_and_waits_for_services_that_exist(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert service.get("image"), name
        assert set(service.get("depends_on", {})) <= set(services), name
        for awaited, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in services[awaited], (name, awaited)
            if wait["condition"] == "service_completed_successfully":
                assert services[awaited]["restart"] == "no", (name, awaited)


def test_images_of_others_are_pinned(compose: dict[str, Any]) -> None:
    images = {service["image"] for service in compose["services"].values()}
    assert all(":" in image for image in images)
    assert {image for image in images if image.endswith(":latest")} == {"iac-platform:latest"}


def test_files_that_it_mounts_or_builds_from_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        if build := service.get("build"):
            context = FOLDER / build["context"]
            assert (context / build["dockerfile"]).is_file()
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (FOLDER / source).exists() or source.endswith("/tls"), source
            else:
                assert source in compose["volumes"], source


def test_its_head_names_every_secret_and_each_must_be_set() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    head = text[: text.index("name:")]
    used = set(re.findall(r"\$\{(\w+)", text))
    assert used == set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", head))
    assert not re.search(r"\$\{\w+\}", text), "a variable that may be empty"


def test_only_the_proxy_is_reachable_from_outside(compose: dict[str, Any]) -> None:
    open_ones = {name for name, service in compose["services"].items() if "ports" in service}
    assert open_ones == {"nginx"}


def test_every_node_is_set_up_and_joined(compose: dict[str, Any]) -> None:
    services = compose["services"]
    cluster = services["cluster"]["environment"]
    assert [cluster["COORDINATOR"], *cluster["WORKERS"].split()] == [f"{n}:5432" for n in NODES]
    for node in NODES:
        (url,) = [word for word in services[f"setup-{node}"]["command"] if "://" in word]
        assert f"@{node}:5432/" in url
        assert services[node]["environment"]["POSTGRES_HOST_AUTH_METHOD"] == "scram-sha-256"


def test_all_traffic_enters_at_the_coordinator(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert "@coordinator:" in services["pgbouncer"]["environment"]["DATABASE_URL"]
    assert services["pgbouncer"]["environment"]["POOL_MODE"] == "transaction"
    assert "@pgbouncer:" in services["web"]["environment"]["DATABASE_URL"]
    assert "DATABASE_OWNER_URL" not in services["web"]["environment"]
    assert "@coordinator:" in services["migrate"]["environment"]["DATABASE_OWNER_URL"]


def test_every_process_of_the_platform_runs_here_too(compose: dict[str, Any]) -> None:
    """What runs on one machine must run on several: the domains' service was forgotten once."""
    text = (ROOT / "docker-compose.v2.yml").read_text(encoding="utf-8")
    ordinary = yaml.safe_load(text)["services"]
    ours = {name for name, one in ordinary.items() if one["image"].startswith("iac-platform:")}
    assert {"web", "provisioner", "domains"} <= ours - {"setup"} <= set(compose["services"])
    for name in ("provisioner", "domains"):
        assert compose["services"][name]["command"] == ordinary[name]["command"]


def test_what_is_distributed_leaves_no_rows_on_the_coordinators_disk() -> None:
    text = (FOLDER / "distribute.sql").read_text(encoding="utf-8")
    distributed = text.index("citus_schema_distribute(")
    assert distributed < text.index("truncate_local_data_after_distributing_table(")


def test_the_script_that_joins_the_nodes_is_a_shell_script() -> None:
    found = subprocess.run(["sh", "-n", FOLDER / "join.sh"], check=False, capture_output=True)  # noqa: S603, S607
    assert found.returncode == 0, found.stderr
