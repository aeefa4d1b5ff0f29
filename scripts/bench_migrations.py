"""Migrations of many placements: ours beside django-tenants' own executors, in one run.

Starts a PostgreSQL of its own with durable settings, makes placements from the template,
and measures, as whole processes from start to end unless the table says otherwise:

- ``migrate_schemas`` with nothing to do;
- a new table, and a new column, in all placements;
- the same column by django-tenants' ``standard`` and ``multiprocessing`` executors on a
  sample, inside the process (without its start), with the time scaled by placement;
- the same executors with nothing to do, on the same samples.

Prints a table in Markdown and removes everything it made::

    python scripts/bench_migrations.py                    # 1,000 placements, samples of 50
    python scripts/bench_migrations.py --placements 200 --sample 20
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployment.local.laboratory import laboratory  # noqa: E402

# django-tenants' executors hold the locks of a whole placement at once.
POSTGRES_SETTINGS = {"max_locks_per_transaction": "256"}
NO_OP_ROUNDS = 5
EXECUTORS = ("standard", "multiprocessing")

SETTINGS = """
from iac_platform.settings import *
from iac_platform.settings import INSTALLED_APPS, TENANT_APPS
TENANT_APPS = [*TENANT_APPS, "fleetbench"]
INSTALLED_APPS = [*INSTALLED_APPS, "fleetbench"]
LOGGING["root"]["level"] = "ERROR"
"""
FIRST = """
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Thing", [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=50, db_default="", default="")),
    ])]
"""
SECOND = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("fleetbench", "0001_thing")]
    operations = [migrations.AddField("thing", "size", models.IntegerField(null=True))]
"""
MAKE = """
from tenants.database.roles import as_owner
from tenants.models import Placement, PlacementKind
from tenants.provisioning.placements import make_placement
with as_owner():
    for number in range({number}):
        placement = Placement.objects.create(
            schema_name=f"t_bench_{{number:05d}}", kind=PlacementKind.DEDICATED
        )
        assert make_placement(placement)
"""
# Django-tenants' executors, on a sample of the placements; ours must know afterwards.
STOCK = """
import time
from django_tenants.migration_executors import get_executor
from tenants.database.roles import as_owner
from tenants.isolation.fingerprint import record_migrated
schemas = [f"t_bench_{{number:05d}}" for number in range({start}, {end})]
options = dict(verbosity=0, interactive=False, database="default", skip_checks=True, app_label=None,
    migration_name=None, fake=False, fake_initial=False, plan=False, prune=False,
    run_syncdb=False, check_unapplied=False, load_initial_data=True, traceback=False,
    no_color=True, force_color=False, stdout=None, stderr=None)
with as_owner():
    began = time.perf_counter()
    get_executor("{executor}")((), options).run_migrations(tenants=list(schemas))
    print("SECONDS", time.perf_counter() - began)
    for schema in schemas:
        record_migrated(schema)
"""


class Bench:
    """A platform with an app of the benchmark's own, and a clock."""

    def __init__(self, code: Path, environment: dict[str, str]) -> None:
        self.code = code
        self.environment = {
            **environment,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{self.code}",
            "DJANGO_SETTINGS_MODULE": "bench_settings",
        }
        (self.code / "fleetbench" / "migrations").mkdir(parents=True)
        self.write("bench_settings.py", SETTINGS)
        self.write("fleetbench/__init__.py", "")
        self.write("fleetbench/migrations/__init__.py", "")

    def write(self, name: str, text: str) -> None:
        """Deploy a file."""
        (self.code / name).write_text(text, encoding="utf-8")

    def manage(self, *command: str) -> tuple[float, str]:
        """Run one of the platform's commands; the seconds of the whole process, and its output."""
        began = time.perf_counter()
        done = subprocess.run(  # noqa: S603  # our own manage.py
            [sys.executable, "manage.py", *command],
            check=False,
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - began
        print(f"{command[0]}: {seconds:.2f} s", file=sys.stderr)
        if done.returncode:
            sys.exit(f"manage.py {command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return seconds, done.stdout

    def stock(self, executor: str, start: int, number: int) -> float:
        """Seconds that an executor of django-tenants takes for some placements."""
        script = STOCK.format(executor=executor, start=start, end=start + number)
        _, output = self.manage("shell", "-c", script)
        return float(output.rpartition("SECONDS")[2].split()[0])


def measure(bench: Bench, placements: int, sample: int, workers: int) -> list[tuple[str, ...]]:
    """All figures, as rows of the table."""
    seconds, _ = bench.manage("shell", "-c", MAKE.format(number=placements))
    rows = [row(f"make {placements:,} placements from the template", seconds, placements)]
    ours = ("migrate_schemas", "--workers", str(workers))
    bench.write("fleetbench/migrations/0001_thing.py", FIRST)
    seconds, _ = bench.manage(*ours)
    rows.append(row("ours: a new table everywhere", seconds, placements))
    rows.append(nothing_to_do(bench, ours))
    rows += [
        scaled(f"stock {name}: nothing to do", bench.stock(name, 0, sample), sample, placements)
        for name in EXECUTORS
    ]
    bench.write("fleetbench/migrations/0002_size.py", SECOND)
    rows += [
        scaled(
            f"stock {name}: a new column",
            bench.stock(name, number * sample, sample),
            sample,
            placements,
        )
        for number, name in enumerate(EXECUTORS)
    ]
    left = placements - 2 * sample
    seconds, output = bench.manage(*ours)
    rows.append(row(f"ours: a new column in the other {left:,}", seconds, left))
    if "0 failed" not in output:
        sys.exit(output)
    return rows


def nothing_to_do(bench: Bench, command: tuple[str, ...]) -> tuple[str, ...]:
    """The whole process, and what of it was work: on a busy machine the rest is waiting."""
    before = _cpu_of_children()
    rounds = [bench.manage(*command)[0] for _ in range(NO_OP_ROUNDS)]
    cpu = (_cpu_of_children() - before) / NO_OP_ROUNDS
    name = f"ours: nothing to do (median of {NO_OP_ROUNDS}; {cpu:.2f} s of CPU)"
    return name, f"{statistics.median(rounds):.2f} s", ""


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def row(name: str, seconds: float, number: int) -> tuple[str, ...]:
    """What was measured on all of them."""
    return name, f"{seconds:.2f} s", f"{seconds / number * 1000:.1f} ms"


def scaled(name: str, seconds: float, sample: int, placements: int) -> tuple[str, ...]:
    """What was measured on a sample."""
    whole = seconds / sample * placements
    each = f"{seconds / sample * 1000:.1f} ms"
    return f"{name} ({sample} measured: {seconds:.2f} s)", f"{whole:.0f} s, scaled", each


def main() -> None:
    """Measure, print, clean up."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--placements", type=int, default=1000)
    parser.add_argument("--sample", type=int, default=50, help="for each of the stock executors")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    if options.placements <= 2 * options.sample:
        parser.error("there must be placements left beside the two samples")
    with (
        laboratory(options.folder, settings=POSTGRES_SETTINGS) as environment,
        TemporaryDirectory() as code,
    ):
        bench = Bench(Path(code), environment)
        rows = measure(bench, options.placements, options.sample, options.workers)
    print(f"{options.placements:,} placements, {os.cpu_count()} cores, {platform.platform()}\n")
    print("| what | whole | per placement |\n|---|---|---|")
    for cells in rows:
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
