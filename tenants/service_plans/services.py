"""What operators do with plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.changes import changing, create, deleting
from tenants.errors import ServicePlanInUse, UnknownPlan
from tenants.models import DEFAULT_PLAN, ServicePlan
from tenants.permissions import MANAGE_PLAN
from tenants.quotas.limits import checked_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor

CHANGEABLE = {"name", "description", "limits"}


def find_plan(key: str) -> ServicePlan:
    """The plan of this name.

    Raises:
        UnknownPlan: there is none; the detail lists those that exist.
    """
    plans = {plan.key: plan for plan in ServicePlan.objects.all()}
    if key in plans:
        return plans[key]
    detail = f"There is no plan {key!r}. The plans are: {', '.join(plans)}."
    raise UnknownPlan(
        detail, errors=[{"pointer": "/plan", "code": "unknown-plan", "detail": detail}]
    )


def create_plan(
    *,
    key: str,
    name: str,
    actor: Actor,
    description: str = "",
    limits: Mapping[str, Any] | None = None,
) -> ServicePlan:
    """Offer a plan. Call it in the platform's scope, as all of these.

    Raises:
        NotPermitted: the actor may not manage plans; so do all of these.
        PlanTaken: there is a plan of this name.
        InvalidPlan: a field does not fit.
        InvalidLimits: a limit names no quota, or is no whole number.
    """
    plan = ServicePlan(
        key=key,
        name=name,
        description=description,
        limits=checked_limits(limits or {}, at="/limits"),
    )
    return create(plan, actor=actor, permission=MANAGE_PLAN, describe=_described)


def update_plan(
    plan: ServicePlan, *, actor: Actor, changes: Mapping[str, Any], revision: int | None = None
) -> ServicePlan:
    """Change what a plan is called or allows; it holds for its tenants' next requests.

    What a tenant has beyond a lowered limit, it keeps.

    Args:
        plan: the plan to change.
        actor: the operator.
        changes: new values for ``name``, ``description`` and ``limits`` (all of them).
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        RevisionConflict: the plan changed since.
        InvalidPlan, InvalidLimits: see ``create_plan``.
    """
    if "limits" in changes:
        changes = {**changes, "limits": checked_limits(changes["limits"], at="/limits")}
    with changing(plan, actor=actor, permission=MANAGE_PLAN, revision=revision) as draft:
        for field in CHANGEABLE & changes.keys():
            setattr(draft, field, changes[field])
    return draft


def delete_plan(plan: ServicePlan, *, actor: Actor) -> None:
    """Offer a plan no more.

    Raises:
        ServicePlanInUse: tenants have it, or it is the one given when nobody says which.
    """
    # Whoever gives it to a tenant meanwhile is refused by the reference when they commit.
    with deleting(plan, actor=actor, permission=MANAGE_PLAN, describe=_limits) as fresh:
        if fresh.key == DEFAULT_PLAN:
            raise ServicePlanInUse("Tenants get this plan when nobody says which.")


def _described(plan: ServicePlan) -> dict[str, Any]:
    """What the audit log says of a new plan."""
    return {"name": plan.name, **_limits(plan)}


def _limits(plan: ServicePlan) -> dict[str, Any]:
    return {"limits": plan.limits}
