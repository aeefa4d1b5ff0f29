"""What all kinds of second factors have in common: adding one, and removing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from iac_platform.common.access import require_recent
from iac_platform.common.audit import SystemActor
from iac_platform.common.changes import deleting, require_valid
from rbac.permissions import UPDATE_USER
from rbac.services.access import access_change, lock_access, require_within_rights
from rbac.services.audit import record
from rbac.services.users import SESSION_ENDER
from sso.second_factors.errors import (
    SecondFactorExists,
    SecondFactorRequired,
    TooManySecondFactors,
)
from sso.second_factors.models import RecoveryCode, SecondFactor
from sso.second_factors.selectors import factors_of
from sso.sign_in.selectors import sign_in_policy

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.db.models import QuerySet

    from iac_platform.common.audit import Actor
    from rbac.models import User

MAX_FACTORS = 10
_ACTOR = SystemActor("second factors")


def confirm(
    factor: SecondFactor,
    *,
    browser: SessionBase | None = None,
    is_first: bool = False,
    replaces: QuerySet[SecondFactor] | None = None,
) -> None:
    """Have a second factor count from now on, as its owner has shown it, in the open transaction.

    With the first one, and with one in the place of another, the owner's other sessions end: they
    were begun by what is not enough any more.

    Args:
        factor: which.
        browser: whose session goes on.
        is_first: whether it must be its owner's first one: set up by the password alone.
        replaces: those that end with it.

    Raises:
        RecentAuthenticationRequired: the owner must show once more who they are.
        TooManySecondFactors: they have as many as somebody may have.
        SecondFactorExists: it is not the first one.
        InvalidSecondFactor: its name does not fit.
    """
    owner: User = factor.user
    require_recent(owner)
    lock_access(_ACTOR)  # of two that are set up at once, one waits
    had_any = factors_of(owner).exists()
    if is_first and had_any:
        raise SecondFactorExists("Sign in again, and show the second factor that you have.")
    replaced = list(replaces) if replaces is not None else []
    if factors_of(owner).count() - len(replaced) >= MAX_FACTORS:
        raise TooManySecondFactors(f"You have {MAX_FACTORS} second factors. Remove one first.")
    for each in replaced:
        record("second_factor.delete", each, actor=owner, changes=_described(each))
        each.delete()
    require_valid(factor)
    factor.confirmed_at = factor.last_used_at = timezone.now()
    factor.save()
    record("second_factor.create", owner, actor=owner, changes=_described(factor))
    if replaced or not had_any:
        SESSION_ENDER.get()(owner, spared=browser)


def remove_factor(
    factor: SecondFactor, *, actor: Actor, browser: SessionBase | None = None
) -> None:
    """Remove a second factor; its owner's sessions end, but for the browser in which they do it.

    With the last one go the recovery codes.

    Args:
        factor: which.
        actor: its owner, or somebody who may change users and do all that the owner may.
        browser: of the owner themself.

    Raises:
        NotPermitted, CannotGrant: the actor may not.
        RecentAuthenticationRequired: the actor must show once more who they are.
        SecondFactorNotFound: it was removed meanwhile.
        SecondFactorRequired: the tenant requires one, and it is the owner's own last one.
    """
    owner: User = factor.user
    require_recent(actor)
    permission = None if owner == actor else UPDATE_USER
    with (
        access_change(actor, permission) as held,
        deleting(
            factor,
            actor=actor,
            permission=None,  # it was asked of the owner
            action="second_factor.delete",
            describe=lambda each: {"user": owner.username, **_described(each)},
        ),
    ):
        require_within_rights(owner, actor=actor, held=held, acting=True)
        if factors_of(owner).exclude(pk=factor.pk).first() is None:
            _require_not_required(owner, actor)
            RecoveryCode.objects.filter(user=owner).delete()
        SESSION_ENDER.get()(owner, spared=browser)


def _require_not_required(owner: User, actor: Actor) -> None:
    """Others may remove the last one of somebody who has lost it: the next sign-in sets one up."""
    if owner == actor and sign_in_policy().requires_second_factor:
        raise SecondFactorRequired("Your organization requires one. Add another one first.")


@transaction.atomic
def note_use(factor: SecondFactor, counter: int) -> None:
    """Note that a second factor was shown; what is not above ``counter`` is a replay then."""
    factor.counter, factor.last_used_at = counter, timezone.now()
    factor.save(update_fields=["counter", "last_used_at"])


def _described(factor: SecondFactor) -> dict[str, str]:
    return {"kind": factor.kind, "name": factor.name}
