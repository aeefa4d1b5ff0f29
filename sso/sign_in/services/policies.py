"""Requiring single sign-on, and from whom not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db.models import F

from iac_platform.common.access import access_policy
from iac_platform.common.changes import changing, require_valid
from iac_platform.common.transactions import one_transaction
from rbac.models import User, UserKind
from rbac.services.access import has_admin
from sso.sign_in.errors import InvalidSignInPolicy, SingleSignOnRequired
from sso.sign_in.links import sign_on_links
from sso.sign_in.models import Session, SignInPolicy
from sso.sign_in.permissions import UPDATE_SIGN_IN_POLICY
from sso.sign_in.selectors import sign_in_policy
from sso.sign_in.services.trust import require_admins_rights

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from iac_platform.common.audit import Actor


NO_BREAK_GLASS = (
    "Single sign-on is required and no break-glass account is usable. If the identity providers "
    "fail, nobody can sign in. Add an active admin who has a password."
)


class SignInChoices(TypedDict, total=False):
    """What may be chosen about how people sign in; what is left out stays.

    Attributes:
        requires_sso: whether passwords are taken of break-glass accounts alone.
        break_glass: ids of these, people of the tenant.
        requires_second_factor: whether a password alone signs nobody in.
        session_hours: after how many hours people sign in again.
        idle_minutes: after how many minutes without use a session ends.
    """

    requires_sso: bool
    break_glass: Iterable[UUID]
    requires_second_factor: bool
    session_hours: int
    idle_minutes: int


@one_transaction()
def set_sign_in_policy(
    *, actor: Actor, revision: int | None = None, **choices: Unpack[SignInChoices]
) -> SignInPolicy:
    """Choose how people sign in from now on.

    Sessions that could not be begun any more end, the actor's as well: those by passwords that are
    not taken any more, those without a second factor where one is required, and those that have
    lasted for too long. API tokens, service accounts and the operator's staff go on.

    Args:
        actor: who chooses; they need all that an admin may do.
        revision: the revision that the caller has seen; None skips the comparison.
        choices: see ``SignInChoices``.

    Raises:
        NotPermitted, CannotGrant: the actor may not choose.
        RevisionConflict: it changed since.
        InvalidSignInPolicy: no identity provider is enabled, no break-glass account could
            change this again, or a limit is out of range.
    """
    row = _get_or_create()
    access_policy().require(actor, UPDATE_SIGN_IN_POLICY, row)
    require_admins_rights(actor)
    with changing(
        row, actor=actor, permission=UPDATE_SIGN_IN_POLICY, revision=revision, describe=_described
    ) as draft:
        for name, value in choices.items():
            setattr(draft, name, value)
        draft.break_glass = sorted(set(draft.break_glass))
        people = _require_people(draft)
        if draft.requires_sso:
            _require_way_back(people)
            _require_provider()
        require_valid(draft)
        _end_sessions(draft)
    return draft


def lacks_break_glass(policy: SignInPolicy) -> bool:
    """Whether single sign-on is required, and nobody could sign in if identity providers fail.

    It was not so when it was chosen: they were deactivated since, or have no password or no
    admin's rights any more.
    """
    if not policy.requires_sso:
        return False
    return not _can_come_back(User.objects.filter(pk__in=policy.break_glass))


def require_password_sign_in() -> None:
    """Refuse what gives somebody a password that they could not use.

    Raises:
        SingleSignOnRequired: the tenant requires single sign-on.
    """
    if sign_in_policy().requires_sso:
        raise SingleSignOnRequired(
            "People become users here by signing on with their identity provider, without an "
            "invitation. Nothing was used up."
        )


def require_provider_remains() -> None:
    """Refuse a change, in its transaction, after which nobody could sign on where they must.

    Raises:
        SingleSignOnRequired: it was the last enabled identity provider.
    """
    if sign_in_policy().requires_sso and not sign_on_links():
        raise SingleSignOnRequired(
            "It is the last identity provider by which people can sign on. Take passwords again "
            "first, or enable another one."
        )


def _get_or_create() -> SignInPolicy:
    """The tenant's row, which is there from the first choice on."""
    row = sign_in_policy()
    if row._state.adding:  # noqa: SLF001  # Django says it nowhere else
        # Two who choose for the first time at once then wait for each other.
        SignInPolicy.objects.bulk_create([row], ignore_conflicts=True)
    return row


def _described(policy: SignInPolicy) -> dict[str, Any]:
    named = User.objects.filter(pk__in=policy.break_glass).order_by("username")
    names = list(named.values_list("username", flat=True))
    chosen = {name: getattr(policy, name) for name in SignInChoices.__annotations__}
    return {**chosen, "break_glass": names}


def _require_people(policy: SignInPolicy) -> list[User]:
    """The break-glass accounts."""
    people = list(User.objects.filter(pk__in=policy.break_glass, kind=UserKind.PERSON))
    if len(people) < len(policy.break_glass):
        raise InvalidSignInPolicy.at("break_glass", "Not all of them are people of the tenant.")
    return people


def _can_come_back(people: Iterable[User]) -> bool:
    """Whether one of them can sign in when every provider fails, and change this again."""
    return has_admin([each.pk for each in people if each.has_usable_password()])


def _require_way_back(people: list[User]) -> None:
    if not _can_come_back(people):
        raise InvalidSignInPolicy.at(
            "break_glass", "Name at least one active admin who has a password."
        )


def _require_provider() -> None:
    if not sign_on_links():
        raise InvalidSignInPolicy.at(
            "requires_sso", "Enable an identity provider by which people can sign on first."
        )


def _end_sessions(policy: SignInPolicy) -> None:
    """End the sessions that could not be begun under a policy."""
    by_password = Session.objects.filter(by_provider=False, user__kind=UserKind.PERSON)
    if policy.requires_sso:
        by_password.exclude(user_id__in=policy.break_glass).end()
    if policy.requires_second_factor:
        by_password.filter(second_factor="").end()
    latest = F("created_at") + timedelta(hours=policy.session_hours)
    Session.objects.filter(user__isnull=False, expires_at__gt=latest).update(expires_at=latest)
