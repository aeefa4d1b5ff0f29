"""The report of one run, in Markdown."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING

from tests.load.analysis.targets import targets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.load.analysis.results import Results

MEGABYTE, GIGABYTE = 2**20, 2**30


def report(results: Results) -> str:
    """Everything about a run except its graphs."""
    parts = [_heading(results), _targets(results), _requests(results)]
    if results.failures:
        parts.append(_failures(results))
    if results.usage:
        parts.append(_usage(results))
    return "\n\n".join(parts) + "\n"


def _heading(results: Results) -> str:
    about, scenario, machine = results.about, results.scenario, results.about["machine"]
    mix = ", ".join(f"{action} {share} %" for action, share in scenario.mix.items())
    servers = (
        "on the same machine" if about["own_servers"] else "those of a platform that ran already"
    )
    return (
        f"## {scenario.name}: {scenario.users:,} users, {scenario.seconds} s\n\n"
        f"`{about['command']}`, {about['began']}, revision {machine['revision']}.\n"
        f"Mix: {mix}; login by {scenario.login}; seed {about['seed']}.\n"
        f"Load generator: {machine['cores']} cores ({machine['processor']}), "
        f"{machine['memory_bytes'] / GIGABYTE:.0f} GB, {machine['system']}, "
        f"Python {machine['python']}; the servers {servers}. "
        f"Load average {about['before']['load_average']:.1f} before, "
        f"{about['after']['load_average']:.1f} after."
    )


def _targets(results: Results) -> str:
    rows = ((each.name, each.wanted, each.measured, each.verdict) for each in targets(results))
    return _table(("target", "wanted", "measured", "verdict"), rows)


def _requests(results: Results) -> str:
    rows = (
        (
            *(name, f"{each.sent:,}", f"{each.failures:,}", f"{each.rate:,.1f}"),
            *(f"{ms:.0f}" for ms in (each.median, each.p95, each.p99, each.longest)),
        )
        for name, each in (
            *((each.name, each) for each in results.requests),
            ("all", results.total),
        )
    )
    head = ("request", "sent", "failed", "per second", "median, ms", "p95", "p99", "longest")
    return _table(head, rows)


def _failures(results: Results) -> str:
    rows = ((each.name, each.reason, f"{each.times:,}") for each in results.failures)
    return _table(("request", "failure", "times"), rows)


def _usage(results: Results) -> str:
    rows = (
        (
            part,
            f"{mean(sample.cores for sample in samples):.2f}",
            f"{max(sample.cores for sample in samples):.2f}",
            f"{max(sample.memory for sample in samples) / MEGABYTE:.0f}",
        )
        for part, samples in results.usage.items()
        if samples
    )
    return _table(("part", "cores, mean", "cores, most", "memory, most, MB"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = tuple(head)
    return "\n".join([_row(names), "|---" * len(names) + "|", *map(_row, rows)])


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    """A text that cannot end its cell or its row, wherever it comes from."""
    return " ".join(str(text).replace("|", "\\|").split())
