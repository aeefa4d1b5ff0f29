"""A blueprint's document as tables that people can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.html import format_html, format_html_join

from iac_platform.admin.display import DANGER, WARNING, badge, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.safestring import SafeString

    from blueprints.catalog.documents import Review

_SHOWN_PROPERTIES = 16
_LONGEST_VALUE = 120
_BESIDE = ("existing", "when", "count", "for_each", "overrides", "lifecycle")


def components(document: Mapping[str, Any]) -> SafeString:
    """The components, with their properties one to a line."""
    rows = [
        (
            component["id"],
            component["type"].replace("_", " "),
            _properties([*_beside(component), *component.get("properties", {}).items()]),
        )
        for component in document["components"]
    ]
    return table(["Component", "Type", "Properties"], rows)


def _beside(component: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What a component says beside its properties, which a reviewer should see first."""
    return [(name, component[name]) for name in _BESIDE if name in component]


def relations(document: Mapping[str, Any]) -> SafeString:
    """The relations between components."""
    rows = [
        (relation["from"], relation["type"].replace("_", " "), relation["to"])
        for relation in document.get("relations", ())
    ]
    return table(["From", "Relation", "To"], rows, empty="None.")


def outputs(document: Mapping[str, Any]) -> SafeString:
    """The outputs and what they stand for."""
    rows = [(name, _value(value)) for name, value in document.get("outputs", {}).items()]
    return table(["Output", "Value"], rows, empty="None.")


def warnings(review: Review) -> SafeString:
    """The warnings, and the errors that later rules found."""
    rows: list[tuple[str, ...]] = [
        (
            badge(problem.severity, DANGER if problem.severity == "error" else WARNING),
            problem.pointer or "the document",
            format_html("{}<div>{}</div>", problem.message, problem.fix),
        )
        for problem in review.problems
    ]
    if review.more:
        rows.append(("", "", f"and {review.more} more"))
    return table(["Severity", "Where", "What to know, and to do"], rows, empty="None.")


def _properties(properties: list[tuple[str, Any]]) -> SafeString:
    shown = properties[:_SHOWN_PROPERTIES]
    lines = format_html_join(
        "",
        '<div><span class="pa-name">{}</span> {}</div>',
        ((name.replace("_", " "), _value(value)) for name, value in shown),
    )
    left = len(properties) - len(shown)
    return format_html("{}<div>and {} more</div>", lines, left) if left else lines


def _value(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _text(value: Any) -> str:
    """A value in words: references and variables by name, lists and maps written out."""
    if isinstance(value, dict):
        if set(value) == {"ref"}:
            return f"→ {value['ref']}"
        if set(value) == {"var"}:
            return f"variable {value['var']}"
        return "; ".join(f"{name}: {_text(item)}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(f"({_text(item)})" if _is_map(item) else _text(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _is_map(value: Any) -> bool:
    return isinstance(value, dict) and not set(value) & {"ref", "var"}
