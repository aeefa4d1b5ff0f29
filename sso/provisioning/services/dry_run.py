"""What a sign-on would do, without doing it: for an admin who tests a provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from rbac.models import RoleGrant, TeamMember
from sso.provisioning.errors import SignOnRefused
from sso.provisioning.external import preview
from sso.provisioning.selectors import identity_of, mapping_of
from sso.provisioning.services.sign_on import sign_on

if TYPE_CHECKING:
    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity, Preview


@dataclass(frozen=True, slots=True)
class DryRun:
    """What was found.

    Attributes:
        report: for admins, by the names under which it is shown; it can be written as JSON.
        refusal: why the person would not be let in; None if they would.
    """

    report: dict[str, Any]
    refusal: SignOnRefused | None = None


def dry_run(external: ExternalIdentity) -> DryRun:
    """Let the sign-on happen and take all of it back; what it would do, or why it is refused.

    What decides is the sign-on itself, so that a test never promises what it would not keep.
    """
    shown = _read(preview(mapping_of(external.provider), external), external)
    try:
        return DryRun({**shown, **_taken_back(external)})
    except SignOnRefused as refusal:
        return DryRun(shown, refusal)


def _taken_back(external: ExternalIdentity) -> dict[str, Any]:
    with transaction.atomic():
        known = identity_of(external)
        before = _access_of(known.user) if known else set()
        signed_on = sign_on(external)
        after = _access_of(signed_on.user)
        found = {
            "user": "would be created" if known is None else f"is {signed_on.user.username}",
            "gives": sorted(after - before),
            "takes": sorted(before - after),
            "withheld": list(signed_on.withheld),
        }
        transaction.set_rollback(True)
    return found


def _access_of(user: User) -> set[str]:
    grants = RoleGrant.objects.current_or_coming().filter(user=user)
    teams = TeamMember.objects.filter(user=user).values_list("team__name", flat=True)
    roles = grants.values_list("role__key", flat=True)
    return {*(f"role {key}" for key in roles), *(f"team {name}" for name in teams)}


def _read(found: Preview, external: ExternalIdentity) -> dict[str, Any]:
    """What a mapping reads of what was sent."""
    profile = found.profile
    return {
        "subject": external.subject,
        "username": profile.username,
        "email": profile.email,
        "full_name": profile.full_name,
        "groups": "not sent" if profile.groups is None else sorted(profile.groups),
        "groups_that_give_nothing": sorted(found.unmapped_groups),
        "attributes_sent": sorted(external.attributes),
    }
