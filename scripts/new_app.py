"""Write a small app that works: ``make app NAME=notes``.

It has one model with list, retrieve, create, update and delete, by the API and the admin, and
what the suites must know to attack it. ``docs/how-to/add-an-app.md`` says what comes next.

    python scripts/new_app.py notes                # write it
    python scripts/new_app.py policies --model policy
    python scripts/new_app.py notes --dry-run      # say what would be written
    python scripts/new_app.py notes --isolate      # end its new migration with Isolate(...)
"""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = Path(__file__).resolve().parent / "app_template"
# An app's name begins the names of its indexes, for which Django has 30 characters.
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 18
PACKAGE = "blueprints"
FILES = ("__init__", "apps", "models", "permissions", "services", "rest", "admin")


class CannotWrite(Exception):
    """The app cannot be written; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A line that the app needs in a file that is there.

    Attributes:
        path: below the root.
        anchor: the line that it comes next to.
        line: what is written.
        before: whether it comes before the anchor, or behind it.
    """

    path: str
    anchor: str
    line: str
    before: bool = False

    def apply(self, root: Path) -> str:
        """The text of the file with the line in it.

        Raises:
            CannotWrite: the anchor is not there, or not alone.
        """
        text = (root / self.path).read_text(encoding="utf-8")
        if text.count(self.anchor) != 1:
            raise CannotWrite(f"{self.path}: write {self.line.strip()!r} there by hand.")
        both = (self.line, self.anchor) if self.before else (self.anchor, self.line)
        return text.replace(self.anchor, "".join(both))


@dataclass(frozen=True, slots=True)
class NewApp:
    """An app by its names.

    Attributes:
        name: of the package, the label and the table, in the plural.
        model: what one of its objects is called: ``resource`` of its permissions.
    """

    name: str
    model: str

    def words(self) -> dict[str, str]:
        """What stands in for the placeholders of the templates."""
        camel = "".join(part.capitalize() for part in self.model.split("_"))
        plural = "".join(part.capitalize() for part in self.name.split("_"))
        return {
            "app": self.name,
            "route": self.name.replace("_", "-"),
            "model": self.model,
            "MODEL": self.model.upper(),
            "Model": camel,
            "Models": plural,
            "label": camel.lower(),
            "model_words": self.model.replace("_", " "),
            "models_words": self.name.replace("_", " "),
            "Models_words": self.name.replace("_", " ").capitalize(),
        }

    def files(self) -> dict[str, str]:
        """The text of each new file, by its path."""
        templates = {f"{PACKAGE}/{self.name}/{file}.py": file for file in FILES}
        templates[f"tests/api/resources/{self.name}.py"] = "resources"
        return {path: self._filled(template) for path, template in templates.items()}

    def edits(self) -> list[Edit]:
        """What it needs elsewhere."""
        settings, api = "iac_platform/settings/__init__.py", "iac_platform/api.py"
        return [
            Edit(settings, '    "blueprints.catalog",\n', f'    "{PACKAGE}.{self.name}",\n'),
            Edit(
                api, "\n]\n", f'\n    path("", include("{PACKAGE}.{self.name}.rest")),', before=True
            ),
            Edit("pyproject.toml", '    "catalog",\n', f'    "{self.name}",\n', before=True),
        ]

    def _filled(self, template: str) -> str:
        text = (TEMPLATES / f"{template}.py.tmpl").read_text(encoding="utf-8")
        return Template(text).substitute(self.words())


def singular(name: str) -> str:
    """What one of these is called, as far as spelling tells."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("s")


def require_free(app: NewApp, root: Path) -> None:
    """Refuse names that cannot be used, or are.

    Raises:
        CannotWrite: says which, and why.
    """
    for name in (app.name, app.model):
        if keyword.iskeyword(name):
            raise CannotWrite(f"{name!r} is a word of Python's own. Choose another name.")
        if not NAME.fullmatch(name):
            raise CannotWrite(f"{name!r}: use lower-case letters, digits and single underscores.")
    if len(app.name) > LONGEST:
        raise CannotWrite(f"{app.name!r} is too long: at most {LONGEST} characters.")
    if app.name == app.model:
        raise CannotWrite(f"{app.name!r} is no plural; say what one is called: --model.")
    taken = sorted(path for path in app.files() if (root / path).exists())
    if taken or (root / PACKAGE / app.name).exists():
        raise CannotWrite(f"There is {(taken or [f'{PACKAGE}/{app.name}'])[0]} already.")
    for what, pattern in _uses(app).items():
        if found := next(_sources_with(re.compile(pattern, re.MULTILINE), root), None):
            raise CannotWrite(f"The {what} is taken, see {found}. Choose another name.")


def _uses(app: NewApp) -> dict[str, str]:
    """Where names are taken that no two apps may have, as regular expressions."""
    words = app.words()
    return {
        f"label {app.name}": rf'^    (label|name) = "(\w+\.)?{app.name}"$',
        # Of libraries too: Django refuses to start with two of a label.
        f"label {app.name} (of an installed app)": rf'^    "(\w+\.)+{app.name}",$',
        f"resource {app.model}": rf'\(\s*"{app.model}",\s*"\w+",',
        f"table {app.name}": rf'db_table = "{app.name}"',
        f"address {words['route']}/": rf'(register|path)\(\s*f?"{words["route"]}[/"]',
    }


def _sources_with(pattern: re.Pattern[str], root: Path) -> Iterator[str]:
    """The source files in which a pattern is found, by their paths."""
    for package in ("blueprints", "iac_platform", "rbac", "sso", "tenants"):
        for path in sorted((root / package).rglob("*.py")):
            if pattern.search(path.read_text(encoding="utf-8")):
                yield str(path.relative_to(root))


def write(app: NewApp, root: Path, *, dry_run: bool) -> list[str]:
    """Write files and edits, all of them or none; returns what was written, in lines.

    Raises:
        CannotWrite: a name is taken, or a file is not as the script knows it.
    """
    require_free(app, root)
    changed = {edit.path: edit.apply(root) for edit in app.edits()}
    texts = {**app.files(), **changed}
    if not dry_run:
        for path, text in texts.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
    wrote, edited = ("would write ", "would change") if dry_run else ("wrote", "changed")
    return [
        *(f"{wrote} {path} ({len(text.splitlines())} lines)" for path, text in app.files().items()),
        *(f"{edited} {edit.path}: {edit.line.strip()}" for edit in app.edits()),
    ]


def isolate(app: NewApp, root: Path) -> str:
    """End the app's first migration with the isolation of its table; returns its path.

    Raises:
        CannotWrite: there is no migration, or it is isolated already.
    """
    path = root / PACKAGE / app.name / "migrations" / "0001_initial.py"
    if not path.exists():
        raise CannotWrite(f"There is no migration yet: make migrations APP={app.name}.")
    text = path.read_text(encoding="utf-8")
    operation = f'Isolate("{app.name}.{app.words()["Model"]}")'
    if "Isolate(" in text or not text.endswith("    ]\n"):
        raise CannotWrite(f"{path}: end its operations with {operation} by hand.")
    text = text.removesuffix("    ]\n") + f"        {operation},\n    ]\n"
    start = "\n\nclass Migration"
    text = text.replace(start, f"\nfrom tenants.isolation.operations import Isolate\n{start}")
    path.write_text(text, encoding="utf-8")
    return str(path.relative_to(root))


def main() -> int:
    """Write the app, or say why not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", help="of the app, in the plural: notes, cost_reports")
    parser.add_argument("--model", help="one of its objects; by default the name without its s")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    parser.add_argument("--isolate", action="store_true", help="end its new migration, and no more")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args()
    app = NewApp(options.name, options.model or singular(options.name))
    try:
        if options.isolate:
            done = [f"changed {isolate(app, options.root)}"]
        else:
            done = write(app, options.root, dry_run=options.dry_run)
    except CannotWrite as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    would = "(dry run, nothing was written)\n" if options.dry_run else ""
    sys.stdout.write("".join(f"{line}\n" for line in done) + would)
    return 0


if __name__ == "__main__":
    sys.exit(main())
