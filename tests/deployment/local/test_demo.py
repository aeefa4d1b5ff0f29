"""``make demo`` in a copy of the project, with nothing replaced by anything else."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from deployment.local.ports import LOOPBACK, free_port, port_is_free
from deployment.local.virtualenv import ROOT
from tests import readme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEFT_OUT = (".venv", "var", ".git", ".hypothesis", "staticfiles", "*_cache", "__pycache__", "tests")
SERVERS_OF_THE_TESTS = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"}


@dataclass(frozen=True, slots=True)
class Clone:
    """A copy of the project that uses the environment of the original."""

    folder: Path
    port: int

    def demo(self, *command: str, names_port: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if k not in SERVERS_OF_THE_TESTS}
        environment |= {"PORT": str(self.port) if names_port else ""}
        return subprocess.run(  # noqa: S603 - our own demo
            [self.folder / ".venv" / "bin" / "python", "-m", "deployment.local.demo", *command],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=environment,
            timeout=600,
        )

    def start(self, *, names_port: bool = True) -> str:
        result = self.demo("start", names_port=names_port)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def processes(self) -> dict[str, Any]:
        """The port, and what is known of each process of the platform."""
        text = (self.folder / "var" / "demo-processes.json").read_text()
        return {name: str(about) for name, about in json.loads(text).items()}

    @property
    def description(self) -> Path:
        return self.folder / "var" / "demo.json"


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    folder = tmp_path / "my clone"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (folder / ".venv").symlink_to(ROOT / ".venv")
    made = Clone(folder, free_port())
    yield made
    made.demo("remove")


def get(url: str, **headers: str) -> Any:
    with urlopen(Request(url, headers=headers), timeout=60) as response:  # noqa: S310 - loopback
        return json.loads(response.read())


def as_printed(output: str) -> list[Any]:
    """The answers to the commands that a start prints, sent just as they stand there."""
    commands = [line[line.index("curl ") :] for line in output.splitlines() if " curl " in line]
    answers = []
    for command in commands:
        _, silent, option, header, url = shlex.split(command)
        assert (silent, option) == ("-sS", "-H")
        name, value = header.split(": ")
        answers.append(get(url, **{name: value}))
    return answers


def assert_complete(description: dict[str, Any], base_url: str) -> None:
    assert list(description) == [
        "base_url",
        "operator",
        "tenants",
        "database_url",
        "owner_database_url",
        "redis_url",
    ]
    tiers = {tenant["slug"]: tenant["tier"] for tenant in description["tenants"]}
    assert tiers == {"acme": "standard", "globex": "standard", "umbrella": "enterprise"}
    for tenant in description["tenants"]:
        roles = [user["role"] for user in tenant["users"]]
        assert roles == ["admin", "system-engineer", "viewer"]
        for user in tenant["users"]:
            me = get(f"{base_url}/api/v1/me/", Authorization=f"Bearer {user['api_token']}")
            assert (me["tenant"]["slug"], me["username"]) == (tenant["slug"], user["username"])


def assert_readme_works(clone: Clone) -> None:
    """Its commands, typed one after the other, say what README says."""
    script = "\n".join(["set -eu", *readme.commands()])
    typed = subprocess.run(  # noqa: S603 - our own README
        ["/bin/bash", "-c", script], check=False, capture_output=True, text=True, cwd=clone.folder
    )
    assert typed.returncode == 0, typed.stderr
    for said in (
        '"roles":["system-engineer"]',
        '"pointer":"/document/components/2/properties/subnet/ref"',
        'There is no component \\"ap\\". Did you mean \\"app\\"?',
        'resource "aws_instance" "web" {',
        '"allowed":true,"reason":"The role system-engineer is granted directly.',
        '"allowed":false,"reason":"No role that is granted to the user allows project.delete."',
    ):
        assert said in typed.stdout


def test_a_clone_becomes_a_running_platform_that_keeps_everything(clone: Clone) -> None:
    base_url = f"http://{LOOPBACK}:{clone.port}"
    with socket.create_server((LOOPBACK, 0)) as bystander:
        output = clone.start()

        me, version, code = as_printed(output)
        assert me["tenant"]["slug"] == "acme"
        assert version["number"] == 1
        assert any("resource" in file["content"] for file in code["files"])
        assert clone.description.stat().st_mode & 0o777 == 0o600
        first = clone.description.read_text()
        assert_complete(json.loads(first), base_url)

        assert_readme_works(clone)

        verified = clone.demo("manage", "verify_audit", "--tenant", "acme")
        assert verified.returncode == 0, verified.stderr
        assert "links verified" in verified.stdout
        assert clone.demo("manage", "verify_audit", "--tenant", "nobody").returncode == 1
        assert clone.demo("manage", "verify_audit").returncode == 2
        status = clone.demo("status")
        assert (status.returncode, base_url in status.stdout) == (0, True)

        stopped = clone.demo("stop").stdout
        assert clone.demo("status").returncode == 1
        assert clone.demo("manage", "check_isolation").stderr == (
            "The demo does not run: make demo first.\n"
        )
        assert stopped.startswith("Stopped: web, provisioner")
        assert port_is_free(clone.port)
        assert not port_is_free(bystander.getsockname()[1])

        # Seeding once more, as after an update, is the harder way to lose nothing.
        (clone.folder / "var" / "postgres" / "prepared.json").unlink()
        # Its port is remembered.
        assert as_printed(clone.start(names_port=False))[1] == version
        assert clone.description.read_text() == first

        # What runs goes on; after an update it runs the new files.
        before = clone.processes()
        clone.start()
        assert clone.processes() == before
        (clone.folder / "rbac" / "apps.py").touch()
        clone.start()
        assert before.keys() == clone.processes().keys()
        assert not before.items() & clone.processes().items() - {("port", str(clone.port))}

    assert clone.demo("status").stdout.count("runs") == stopped.count(",") + 1
    assert "Nothing" not in clone.demo("stop").stdout
    assert clone.demo("stop").stdout == "Nothing of the demo was running.\n"


def test_a_taken_port_is_one_clear_line_and_starts_nothing(clone: Clone) -> None:
    with socket.create_server((LOOPBACK, clone.port)):
        result = clone.demo("start")

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"Port {clone.port} is taken by another program: "
        f"choose one with PORT={clone.port + 1} make demo.\n"
    )
    assert not (clone.folder / "var" / "postgres").exists()
