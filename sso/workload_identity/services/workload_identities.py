"""What a tenant's admins do with workload identities.

Whoever says which workload acts as a service account gets to act as it. So creating or changing
one needs, beside its permission, the right to create tokens for that account, and all that it may
do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict

from iac_platform.common.changes import changing, create, deleting, not_found, require_valid
from iac_platform.common.transactions import one_transaction
from rbac.permissions import MINT_SERVICE_TOKEN
from rbac.selectors import creator
from rbac.services.access import (
    lock_access,
    referred_to,
    require_permissions,
    require_within_rights,
)
from rbac.services.issued_tokens import require_lasting_actor, revoke_issued_tokens
from rbac.token_limits import checked_scopes
from sso.workload_identity.errors import InvalidWorkloadIdentity, TooManyWorkloadIdentities
from sso.workload_identity.issuers import (
    KNOWN,
    Platform,
    is_everybodys,
    names_owner,
    platform_of,
    shared_issuer,
)
from sso.workload_identity.models import WorkloadIdentity
from sso.workload_identity.permissions import (
    CREATE_WORKLOAD_IDENTITY,
    DELETE_WORKLOAD_IDENTITY,
    UPDATE_WORKLOAD_IDENTITY,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from iac_platform.common.audit import Actor
    from rbac.models import User


class Choices(TypedDict, total=False):
    """What people choose beside the name and the account; the model says what each is for."""

    is_enabled: bool
    platform: str
    issuer: str
    signing_algorithm: str
    audience: str
    subject: str
    claims: dict[str, str]
    token_lifetime_seconds: int
    scopes: list[str] | None


MOST_WORKLOAD_IDENTITIES: Final = 200
CHANGEABLE: Final = frozenset({"name", "service_account", *Choices.__annotations__})
_CONDITIONS: Final = frozenset({"issuer", "audience", "subject", "claims"})


@one_transaction()
def create_workload_identity(
    *, name: str, service_account: User, actor: Actor, **chosen: Unpack[Choices]
) -> WorkloadIdentity:
    """Create a workload identity.

    Args:
        name: unique in the tenant, upper and lower case being equal.
        service_account: as whom the workload acts.
        actor: who creates it.
        **chosen: see ``Choices``; the issuer may be left out where the platform has one.

    Raises:
        NotPermitted: the actor may not, or may not create tokens for the account.
        CannotGrant: the account may do what the actor may not, or the actor's token was issued for
            minutes.
        NameTaken, InvalidWorkloadIdentity: a field does not fit, or the conditions are too wide.
        TooManyWorkloadIdentities: there are as many as a tenant may have.
    """
    identity = WorkloadIdentity(
        name=name, service_account=service_account, created_by=creator(actor), **chosen
    )
    _require_may_act_as(service_account, actor)
    require_lasting_actor(actor)
    _require_active(service_account)
    _settle(identity)
    return create(
        identity,
        actor=actor,
        permission=CREATE_WORKLOAD_IDENTITY,
        quota_check=_require_room,
        describe=_described,
    )


@one_transaction()
def update_workload_identity(
    identity: WorkloadIdentity,
    *,
    actor: Actor,
    changes: Mapping[str, Any],
    revision: int | None = None,
) -> WorkloadIdentity:
    """Change a workload identity; without a difference nothing happens.

    Tokens that were issued for it are revoked when it trusts something else, or is disabled.

    Args:
        identity: what to change.
        actor: who changes it; may act as its account, and as the new one if there is one.
        changes: new values for what is ``CHANGEABLE``.
        revision: the revision that the caller has seen; None skips the comparison.

    Raises:
        WorkloadIdentityNotFound: it was deleted meanwhile.
        RevisionConflict: it changed since.
        NotPermitted, CannotGrant, NameTaken, InvalidWorkloadIdentity: see
            ``create_workload_identity``.
    """
    lock_access(actor)  # nobody gives it another account meanwhile
    _require_may_act_as(_account_of(identity), actor)
    require_lasting_actor(actor)
    if "service_account" in changes:
        _require_may_act_as(changes["service_account"], actor)
        _require_active(changes["service_account"])
    with changing(
        identity,
        actor=actor,
        permission=UPDATE_WORKLOAD_IDENTITY,
        revision=revision,
        describe=_described,
    ) as draft:
        before = draft.trust
        for field in CHANGEABLE & changes.keys():
            setattr(draft, field, changes[field])
        _settle(draft)
        if draft.trust != before:
            revoke_issued_tokens(draft.pk)
    return draft


@one_transaction()
def delete_workload_identity(
    identity: WorkloadIdentity, *, actor: Actor, revision: int | None = None
) -> None:
    """Delete a workload identity; the tokens that were issued for it are revoked.

    Raises:
        WorkloadIdentityNotFound, NotPermitted, RevisionConflict: see
            ``update_workload_identity``.
    """
    with deleting(
        identity, actor=actor, permission=DELETE_WORKLOAD_IDENTITY, revision=revision
    ) as fresh:
        revoke_issued_tokens(fresh.pk)


def _account_of(identity: WorkloadIdentity) -> User:
    """As whom the workload acts by now.

    Raises:
        WorkloadIdentityNotFound: it was deleted meanwhile.
    """
    rows = WorkloadIdentity.objects.select_related("service_account")
    fresh = rows.filter(pk=identity.pk).first()
    if fresh is None:
        raise not_found(identity)
    account: User = fresh.service_account
    return account


def _require_active(account: User) -> None:
    """Refuse people, and accounts that nobody acts as; who may do what is locked.

    Raises:
        InvalidWorkloadIdentity: it is no active service account.
    """
    fresh = referred_to(account)
    if not (fresh.is_service and fresh.is_active):
        raise InvalidWorkloadIdentity.at("service_account", "Choose an active service account.")


def _require_may_act_as(account: User, actor: Actor) -> None:
    """Go on only with the right to create tokens for an account, and all that it may do.

    Raises:
        NotPermitted, CannotGrant: the actor holds less.
    """
    held = lock_access(actor)
    require_permissions(held, MINT_SERVICE_TOKEN)
    require_within_rights(account, actor=actor, held=held, acting=True)


def _settle(identity: WorkloadIdentity) -> None:
    """Fill in what the platform decides, and refuse conditions that strangers meet.

    Raises:
        InvalidWorkloadIdentity: they would let in whoever has a job at the same CI system.
        InvalidToken: a scope names no permission.
    """
    identity.scopes = checked_scopes(identity.scopes)
    require_valid(identity, fields={"platform"})
    platform = Platform(identity.platform)
    if not identity.issuer and platform in KNOWN:
        identity.issuer = KNOWN[platform].issuer
    require_valid(identity, fields=_CONDITIONS)
    shared = platform_of(identity.issuer)
    if shared not in (None, platform):
        raise InvalidWorkloadIdentity.at(
            "platform", f"This is the issuer of {shared.label}: choose that."
        )
    if is_everybodys(platform, identity.audience):
        raise InvalidWorkloadIdentity.at(
            "audience",
            "This is GitHub's default audience, so other services receive such tokens too. Use "
            "the address of this tenant.",
        )
    if not names_owner(identity):
        raise InvalidWorkloadIdentity.at("subject", _too_wide(identity))


def _too_wide(identity: WorkloadIdentity) -> str:
    known = shared_issuer(Platform(identity.platform), identity.issuer)
    if known is None:
        return (
            "Anyone at this issuer would match. Give a whole subject, or one that has a * only "
            "after two names, each of which ends with a / or a colon."
        )
    claims = f", or by one of the claims {', '.join(known.claims)}" if known.claims else ""
    return (
        f"Anyone can get a token from {identity.issuer}, so name the owner: by a subject such as "
        f"{known.example}{claims}."
    )


def _require_room() -> None:
    """Who may do what is locked, so this stays true until it is written."""
    if WorkloadIdentity.objects.count() >= MOST_WORKLOAD_IDENTITIES:
        raise TooManyWorkloadIdentities(
            f"A tenant has at most {MOST_WORKLOAD_IDENTITIES}. Delete some first."
        )


def _described(identity: WorkloadIdentity) -> dict[str, Any]:
    """What the audit log says of it."""
    chosen = {field: getattr(identity, field) for field in CHANGEABLE - {"service_account"}}
    return {**chosen, "service_account": identity.service_account.username}
