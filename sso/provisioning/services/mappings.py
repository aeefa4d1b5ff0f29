"""Saying what the people of a provider become; nobody gives by it what they do not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Func, Q

from iac_platform.common.access import access_policy
from iac_platform.common.changes import changing, create, deleting
from iac_platform.common.transactions import one_transaction
from rbac.models import Role, Team, User
from rbac.permissions import CREATE_USER, GRANT_ROLE, UPDATE_TEAM, UPDATE_USER
from rbac.services.access import lock_access, require_covers_role, require_permissions
from rbac.services.teams import require_may_fill
from sso.provisioning.errors import InvalidMapping
from sso.provisioning.models import ProviderKind, ProviderMapping
from sso.provisioning.permissions import UPDATE_PROVIDER_MAPPING
from sso.provisioning.providers import find_provider
from sso.provisioning.selectors import identities_of
from sso.sign_in.services.trust import require_admins_rights

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from iac_platform.common.audit import Actor
    from rbac.access.holdings import Access
    from sso.provisioning.models import Identity

CHANGEABLE = {
    *("username_attribute", "email_attribute", "full_name_attribute", "groups_attribute"),
    *("creates_users", "updates_users", "role_sync", "group_roles", "requires_group"),
}
MOST_GROUPS = 200
LONGEST_GROUP = 512
_GIVES = {"role", "team"}


@one_transaction()
def create_mapping(
    *, provider_kind: str, provider_id: UUID, actor: Actor, **chosen: Any
) -> ProviderMapping:
    """Say what a provider's people become.

    Args:
        provider_kind: its protocol.
        provider_id: of its configuration, in the current tenant.
        actor: who says it. What groups give is given with their rights.
        **chosen: values of the fields in ``CHANGEABLE``.

    Raises:
        NotPermitted: the actor may not change mappings, or, where the mapping does so, not add
            users, grant roles or change teams.
        CannotGrant: a group would give what the actor may not give; or it says which groups sign
            on, and an admin may do what the actor may not.
        InvalidMapping: a field does not fit, or there is no such provider.
        MappingExists: the provider has one.
    """
    held = lock_access(actor)
    provider = find_provider(provider_kind, provider_id)
    if provider is None:
        raise InvalidMapping.at("provider_id", "There is no such identity provider.")
    mapping = ProviderMapping(provider_kind=provider.kind, provider_id=provider.id)
    access_policy().require(actor, UPDATE_PROVIDER_MAPPING, mapping)
    _set(mapping, chosen, actor, held)
    return create(mapping, actor=actor, permission=UPDATE_PROVIDER_MAPPING, describe=_described)


@one_transaction()
def update_mapping(
    mapping: ProviderMapping,
    *,
    actor: Actor,
    changes: Mapping[str, Any],
    revision: int | None = None,
) -> ProviderMapping:
    """Change what a provider's people become; whoever does is the mapping's author from then on.

    Args:
        mapping: which one.
        actor: who changes it.
        changes: new values of the fields in ``CHANGEABLE``.
        revision: the revision that the caller has seen; None skips the comparison.

    Raises:
        MappingNotFound: it was deleted meanwhile.
        RevisionConflict: it changed since.
        NotPermitted, CannotGrant, InvalidMapping: see ``create_mapping``.
    """
    held = lock_access(actor)
    with changing(
        mapping,
        actor=actor,
        permission=UPDATE_PROVIDER_MAPPING,
        revision=revision,
        describe=_described,
    ) as draft:
        _set(draft, changes, actor, held)
    return draft


@one_transaction()
def delete_mapping(mapping: ProviderMapping, *, actor: Actor, revision: int | None = None) -> None:
    """Have a provider's people become users without roles again; what was given stays.

    Raises:
        RevisionConflict: it changed since.
        NotPermitted, CannotGrant: see ``create_mapping``. Who signs on then becomes a user.
    """
    held = lock_access(actor)
    with deleting(
        mapping,
        actor=actor,
        permission=UPDATE_PROVIDER_MAPPING,
        revision=revision,
        describe=_described,
    ) as fresh:
        if _lets_in(fresh) is not None:
            require_admins_rights(actor)
        _require_may_write_users(ProviderMapping(), held)
        _require_held(fresh.group_roles, fresh, held)
        # It is nobody's any more to take: another mapping has not given it.
        identities_of(fresh).update(grants=[], memberships=[])


def _described(mapping: ProviderMapping) -> dict[str, Any]:
    """What the audit log says of it; its author is a part of what it gives."""
    fields = {name: getattr(mapping, name) for name in sorted(CHANGEABLE)}
    author = mapping.author.username if mapping.author else None
    return {"provider": str(mapping.provider_id), **fields, "author": author}


def _set(
    draft: ProviderMapping, changes: Mapping[str, Any], actor: Actor, held: Access | None
) -> None:
    before, let_in = list(draft.group_roles), _lets_in(draft)
    for name in CHANGEABLE & changes.keys():
        setattr(draft, name, changes[name])
    draft.group_roles = _checked_groups(draft.group_roles)
    if draft.requires_group and draft.provider_kind == ProviderKind.SCIM:
        raise InvalidMapping.at(
            "requires_group",
            "It decides who signs on. Set it in the mapping of the provider by which they do.",
        )
    if draft.requires_group and not (draft.groups_attribute and draft.group_roles):
        raise InvalidMapping.at("requires_group", "Name the groups and their attribute as well.")
    draft.author = actor if isinstance(actor, User) else None
    if _lets_in(draft) != let_in:
        require_admins_rights(actor)
    _require_may_write_users(draft, held)
    _require_held([*before, *draft.group_roles], draft, held)


def _lets_in(mapping: ProviderMapping) -> tuple[str, list[dict[str, str]]] | None:
    """The groups whose people sign on; None where everybody does.

    Sessions of all others end, admins' too, and whoever had left comes in once they are let in.
    """
    if not mapping.requires_group:
        return None
    return mapping.groups_attribute, list(mapping.group_roles)


def _require_may_write_users(mapping: ProviderMapping, held: Access | None) -> None:
    """Refuse somebody who has a provider do to users what they may not do themselves."""
    if mapping.creates_users:
        require_permissions(held, CREATE_USER)
    if mapping.updates_users:
        require_permissions(held, UPDATE_USER)


def _require_held(
    entries: list[dict[str, str]], mapping: ProviderMapping, held: Access | None
) -> None:
    """Refuse somebody who gives or takes, by these entries, what they do not hold.

    What the provider's people were given already counts as well: it can be taken from them.
    Asked now, of a token's limits also; and when it is applied, of what the author has then.
    """
    identities = identities_of(mapping)
    roles = Role.objects.filter(
        Q(key__in=_named(entries, "role")) | Q(grants__in=_ids(identities, "grants"))
    )
    teams = Team.objects.filter(
        Q(pk__in=_named(entries, "team")) | Q(memberships__in=_ids(identities, "memberships"))
    )
    for role in roles.distinct():
        require_permissions(held, GRANT_ROLE)
        require_covers_role(held, role)
    for team in teams.distinct():
        require_permissions(held, UPDATE_TEAM)
        require_may_fill(held, team)


def _ids(identities: QuerySet[Identity], column: str) -> QuerySet[Identity, Any]:
    return identities.order_by().values_list(Func(column, function="unnest"), flat=True)


def _named(group_roles: Iterable[Mapping[str, str]], what: str) -> list[str]:
    return sorted({entry[what] for entry in group_roles if what in entry})


def _checked_groups(given: object) -> list[dict[str, str]]:
    """The entries, each once.

    Raises:
        InvalidMapping: they are too many, or one is not of the form that it must have.
    """
    if not isinstance(given, list) or len(given) > MOST_GROUPS:
        raise InvalidMapping.at("group_roles", f"List at most {MOST_GROUPS} groups.")
    checked: list[dict[str, str]] = []
    for number, entry in enumerate(given):
        problem = _problem_of(entry)
        if problem:
            raise InvalidMapping.at(f"group_roles/{number}", problem)
        if entry not in checked:
            checked.append(entry)
    _require_known(checked)
    return checked


def _problem_of(entry: object) -> str:
    if not isinstance(entry, dict) or len(entry) != 2 or len(_GIVES & entry.keys()) != 1:  # noqa: PLR2004  # a group, and what it gives
        return 'Give {"group", "role"} or {"group", "team"}.'
    if not all(isinstance(each, str) and each for each in entry.values()) or "group" not in entry:
        return "Give the group, and the role or the team, as text."
    if len(entry["group"]) > LONGEST_GROUP:
        return f"A group's name has {LONGEST_GROUP} characters at most."
    return "" if "role" in entry or _is_id(entry["team"]) else "Give the team's id."


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _require_known(entries: list[dict[str, str]]) -> None:
    for what, field, rows in (("role", "key", Role.objects), ("team", "pk", Team.objects)):
        named = _named(entries, what)
        known = {
            str(each)
            for each in rows.filter(**{f"{field}__in": named}).values_list(field, flat=True)
        }
        unknown = sorted(set(named) - known)
        if unknown:
            raise InvalidMapping.at("group_roles", f"There is no {what} {unknown[0]!r}.")
