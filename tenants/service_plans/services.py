"""What operators do with plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from iac_platform.common import audit
from iac_platform.common.errors import RevisionConflict
from tenants.errors import InvalidPlan, PlanTaken, ServicePlanInUse, UnknownPlan
from tenants.models import DEFAULT_PLAN, ServicePlan, Tenant
from tenants.quotas.limits import checked_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor

CHANGEABLE = ("name", "description", "limits")


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


@transaction.atomic
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
        PlanTaken: there is a plan of this name.
        InvalidPlan: a field does not fit.
        InvalidLimits: a limit names no quota, or is no whole number.
    """
    checked = checked_limits(limits or {}, at="/limits")
    plan = ServicePlan(key=key, name=name, description=description, limits=checked)
    _validate(plan)
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError as error:
        raise PlanTaken(f"There is a plan {key!r} already.") from error
    audit.record(
        "service_plan.create", plan, actor=actor, changes={"name": name, "limits": checked}
    )
    return plan


@transaction.atomic
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
    fresh = ServicePlan.objects.select_for_update().get(pk=plan.pk)
    if revision is not None and fresh.revision != revision:
        raise RevisionConflict("Read the plan again and repeat your change.")
    wanted = {field: changes[field] for field in CHANGEABLE if field in changes}
    if "limits" in wanted:
        wanted["limits"] = checked_limits(wanted["limits"], at="/limits")
    changed = audit.difference({field: getattr(fresh, field) for field in wanted}, wanted)
    for field in changed:
        setattr(fresh, field, wanted[field])
    _validate(fresh)
    if changed:
        fresh.revision += 1
        fresh.save()
        audit.record("service_plan.update", fresh, actor=actor, changes=changed)
    return fresh


@transaction.atomic
def delete_plan(plan: ServicePlan, *, actor: Actor) -> None:
    """Offer a plan no more.

    Raises:
        ServicePlanInUse: tenants have it, or it is the one given when nobody says which.
    """
    if plan.key == DEFAULT_PLAN:
        raise ServicePlanInUse("Tenants get this plan when nobody says which.")
    # Whoever gives it to a tenant meanwhile is refused by the reference when they commit.
    ServicePlan.objects.select_for_update().get(pk=plan.pk)
    tenants = Tenant.objects.filter(plan_id=plan.key).count()
    if tenants:
        raise ServicePlanInUse(f"{tenants} tenants have it. Give them another plan first.")
    audit.record("service_plan.delete", plan, actor=actor, changes={"limits": plan.limits})
    plan.delete()


def _validate(plan: ServicePlan) -> None:
    try:
        plan.clean_fields()
    except ValidationError as error:
        problems = [
            {"pointer": f"/{field}", "code": "invalid", "detail": message}
            for field, messages in error.message_dict.items()
            for message in messages
        ]
        detail = " ".join(f"{p['pointer'][1:]}: {p['detail']}" for p in problems)
        raise InvalidPlan(detail, errors=problems) from error
