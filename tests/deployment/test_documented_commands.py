"""What the pages tell operators to type exists, with those options."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

import pytest
from django.core.management import CommandError, get_commands, load_command_class

from deployment.local.virtualenv import ROOT
from iac_platform.command_line import UNAVAILABLE

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# History: what was so when it was decided or released.
HISTORY = {"decisions", "phase2"}
# Up to what ends it: the code, the line, the cell of a table, a comment, a redirection.
_COMMAND = re.compile(
    r"manage\.py ([a-z_]+)((?: [^`|\n]*?)?)(?=`|\s+#|\s*\||\s+<|\n|$)", re.MULTILINE
)
_ON_THE_DEMO = re.compile(r"DO=\"([a-z_]+)([^\"`\n]*)")
_MAKE = re.compile(r"(?:^ {4}|`|&& )make ([a-z-]+)", re.MULTILINE)


class Documented(NamedTuple):
    """A command line that stands on a page."""

    page: str
    command: str
    arguments: str


def pages() -> list[Path]:
    return [page for page in PAGES if not HISTORY & set(page.parts)]


def documented() -> list[Documented]:
    return [
        Documented(str(page.relative_to(ROOT)), *found.groups())
        for page in pages()
        for pattern in (_COMMAND, _ON_THE_DEMO)
        for found in pattern.finditer(page.read_text())
    ]


def parse(command: str, arguments: str) -> None:
    """Parse a whole command line, or look for the flags of one that stands for several."""
    assert command not in UNAVAILABLE
    loaded = load_command_class(get_commands()[command], command)
    parser = loaded.create_parser("manage.py", command)
    parser.called_from_command_line = False  # raise, and do not exit
    words = [word.strip("[]") for word in shlex.split(arguments)]
    if "[" not in arguments and "…" not in arguments and words:
        parser.parse_args(words)
    known = {flag for action in parser._actions for flag in action.option_strings}  # noqa: SLF001  # argparse tells it nowhere else
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known


def test_the_pages_are_read() -> None:
    commands = {each.command for each in documented()}
    assert {"move_tenant", "export_tenant", "check_isolation", "migrate_schemas"} <= commands
    assert len(documented()) > 40


@pytest.mark.parametrize("page", sorted({each.page for each in documented()}))
def test_every_command_on_a_page_exists_with_its_options(
    page: str, subtests: pytest.Subtests
) -> None:
    for each in documented():
        if each.page == page and each.command not in ("seed_demo", "help"):
            with subtests.test(f"{each.command}{each.arguments}"):
                parse(each.command, each.arguments)


def test_a_command_that_is_not_there_or_lacks_an_option_is_found() -> None:
    parse("move_tenant", " --tenant acme --pool pool_002")
    for command, arguments, error in (
        ("move_tenant", " --slug acme --pool pool_002", CommandError),
        ("move_tenants", "", KeyError),
        ("tenant_stats", " [--sorted size]", AssertionError),
        ("migrate", "", AssertionError),
    ):
        with pytest.raises(error):
            parse(command, arguments)


def test_every_target_of_make_on_a_page_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in pages() for name in _MAKE.findall(page.read_text())}
    assert {"demo", "test", "check"} <= named <= targets
