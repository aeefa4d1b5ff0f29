"""How far a permission reaches, as a badge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.admin.display import INFO, PLAIN, WARNING, badge
from iac_platform.common.permissions import Scope

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_SCOPES = {
    Scope.OWN: ("own", PLAIN, "Only on what the user owns"),
    Scope.TEAM: ("team", INFO, "On what belongs to the user's teams, and on their own"),
    Scope.TENANT: ("tenant", INFO, "On everything in the tenant"),
    Scope.GLOBAL: ("all tenants", WARNING, "On every tenant"),
}


def scope_badge(scope: Scope) -> SafeString:
    """A scope, which says on hover what it means."""
    text, kind, meaning = _SCOPES[scope]
    return badge(text, kind, title=meaning)
