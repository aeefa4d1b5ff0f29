"""The page of a cloud's limits, made from its rules, so that neither lacks what the other says."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from . import limits, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

_TITLE = {"aws": "AWS"}
_INTRODUCTION = """\
# What {title} demands

Made by `manage.py cloud_limits` from the rules in `documents/cloud_rules/{cloud}/`: change those,
not this page.

A document for {title} is valid only if {title} can build it. For every limit that {title} documents
and a component type has, this page says what holds it: a **rule**, whose code a refusal carries;
the **type**, whose schema or checks are the same on every cloud; the **document's checks** of
references, networks and zones; or the **generated code**. Where nothing holds a limit, it says why.

- A value from a variable is judged by the variable's default. Without one it is not known, and no
  rule judges it.
- Quotas that an account can raise are held at their default only where a single component reaches
  them.
- Machines and versions are lists taken from {title} (`scripts/update_aws_data.py`): a family or a
  release newer than the list is let through.
"""


def render(cloud: str) -> str:
    """Return the page of a cloud."""
    introduction = _INTRODUCTION.format(title=_TITLE[cloud], cloud=cloud)
    rows = sorted([*_rule_rows(cloud), *_limit_rows(cloud)])
    sections = (
        _section(component_type, [row[2] for row in group])
        for component_type, group in groupby(rows, key=lambda row: row[0])
    )
    return "\n".join([introduction, *sections])


def _rule_rows(cloud: str) -> Iterator[tuple[str, int, str]]:
    for rule in rules(cloud):
        held = f"[`{rule.code}`]({rule.source})"
        if rule.severity == "warning":
            held += ", a warning"
        yield rule.component_type, 0, f"| {rule.limit} | {held} |"


def _limit_rows(cloud: str) -> Iterator[tuple[str, int, str]]:
    for limit in limits(cloud):
        yield limit.component_type, 1, f"| {limit.limit} | {limit.held} |"


def _section(component_type: str, rows: list[str]) -> str:
    return "\n".join([f"## {component_type}", "| limit | held by |", "|---|---|", *rows, ""])
