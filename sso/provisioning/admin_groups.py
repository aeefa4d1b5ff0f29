"""What groups give, as lines of a form: a name, and a role or a team to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms

from sso.provisioning.services.mappings import LONGEST_GROUP, MOST_GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.datastructures import MultiValueDict

_EMPTY_LINES: Final = 3

Entries = list[dict[str, str]]


class GroupRolesWidget(forms.Widget):
    """A line for each group, and some empty ones."""

    template_name = "provisioning/group_roles.html"
    offered: Mapping[str, str] = {}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The lines; a role or team that is not offered stays what it is."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        entries: list[dict[str, str]] = list(value or ())
        lines = [(entry.get("group", ""), _given_by(entry)) for entry in entries]
        context["lines"] = lines + [("", "")] * _EMPTY_LINES
        context["offered"] = {**{gives: gives for _, gives in lines if gives}, **self.offered}
        context["longest"] = LONGEST_GROUP
        return context

    def value_from_datadict(
        self,
        data: Mapping[str, Any],
        files: MultiValueDict[str, Any],  # noqa: ARG002  # Django's signature
        name: str,
    ) -> Entries:
        """The entries of the lines that name a group or choose what one gives."""
        read: Any = getattr(data, "getlist", lambda key: data.get(key, []))
        groups = read(f"{name}-group")[: MOST_GROUPS + 1]
        lines = zip(groups, read(f"{name}-gives"), strict=False)
        return [_entry(group, gives) for group, gives in lines if group or gives]


class GroupRolesField(forms.Field):
    """Entries of ``ProviderMapping.group_roles``; the service checks them."""

    widget = GroupRolesWidget

    def offer(self, choices: Mapping[str, str]) -> None:
        """What can be chosen: names by ``role <key>`` and ``team <id>``."""
        self.widget.offered = choices

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether a line differs."""
        return list(initial or ()) != list(data or ())


def _given_by(entry: Mapping[str, str]) -> str:
    kind = "team" if "team" in entry else "role"
    return f"{kind} {entry[kind]}" if entry.get(kind) else ""


def _entry(group: str, gives: str) -> dict[str, str]:
    kind, _, what = gives.partition(" ")
    return {"group": group, kind if kind == "team" else "role": what}
