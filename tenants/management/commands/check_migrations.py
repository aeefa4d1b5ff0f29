"""``manage.py check_migrations``: can each of our migrations run next to the old release?"""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tenants.fleet.safety import Finding, unsafe


class Command(BaseCommand):
    """Judges the migrations of the platform's own apps; needs no database."""

    help = (
        "Say which migrations of the platform's own apps would break or block the release that "
        "runs while they are applied, and are not acknowledged. Ends with status 1 if any would."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Print the findings."""
        findings = find_unsafe()
        for finding in findings:
            self.stdout.write(str(finding))
        if findings:
            raise CommandError(
                f"{len(findings)} unsafe operations; see docs/operations/migrations.md",
                returncode=1,
            )
        self.stdout.write(self.style.SUCCESS("every migration can run next to the old release"))


def find_unsafe() -> list[Finding]:
    """Judge each migration as if it were the only one that is pending."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    state = ProjectState(real_apps=loader.unmigrated_apps)
    findings = []
    for key in _in_order(loader):
        migration = loader.graph.nodes[key]
        if migration is None:
            continue
        if _is_ours(key[0]):
            findings += unsafe([migration], state)
        migration.mutate_state(state, preserve=False)
    return findings


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    ordered: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        ordered.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    return list(ordered)


def _is_ours(app_label: str) -> bool:
    folder = Path(apps.get_app_config(app_label).path)
    return folder.is_relative_to(settings.BASE_DIR) and "site-packages" not in folder.parts
