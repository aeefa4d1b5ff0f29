"""What people are shown whose sign-on is refused, and what admins can read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.template.response import TemplateResponse
from django.urls import reverse

from iac_platform.gateway.client_address import client_address
from iac_platform.gateway.problems.translation import problem_of
from rbac.attempts import TooManyAttempts
from sso.federation.errors import MessageRefused
from sso.login_events.models import Outcome
from sso.login_events.services import Login, record_login
from sso.provisioning.errors import SignOnRefused
from sso.provisioning.services.dry_run import DryRun

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from iac_platform.common.errors import DomainError
    from sso.provisioning.external import Provider

_FORBIDDEN, _UNAVAILABLE = 403, 503
PAGE = "sign_in/refused.html"


def refused(
    request: HttpRequest,
    provider: Provider,
    refusal: DomainError,
    *,
    subject: str = "",
    document: str = "",
    template: str = PAGE,
    is_unsolicited: bool = False,
) -> HttpResponse:
    """A sentence for the person and a reference, by which admins find the reason.

    Args:
        request: that is refused.
        provider: by which they sign on.
        refusal: why.
        subject: who it is about, once that was verified.
        document: what the login log keeps of what was sent.
        template: of the page.
        is_unsolicited: whether it answers nothing that was asked from here: anybody can send such.
    """
    login = Login(
        Outcome.REFUSED,
        code=code_of(refusal),
        reason=reason_of(refusal),
        subject=subject,
        document=document,
        is_unsolicited=is_unsolicited,
    )
    # Whoever goes on and on would push everything else out of the log.
    is_flood = isinstance(refusal, TooManyAttempts)
    reference = "" if is_flood else _recorded(request, provider, login)
    return _page(request, template, refusal, reference)


def concluded(
    request: HttpRequest,
    provider: Provider,
    found: DryRun | DomainError,
    *,
    subject: str = "",
    document: str = "",
) -> str:
    """Write down what a test found; the page of the admin where that stands.

    Args:
        request: that brought the answer.
        provider: which is tested.
        found: what a sign-on would do, or the rule that was broken.
        subject: who it is about, once that was verified.
        document: what the login log keeps of it.
    """
    refusal = found.refusal if isinstance(found, DryRun) else found
    login = Login(
        Outcome.TESTED,
        code=code_of(refusal) if refusal else "",
        reason=reason_of(refusal) if refusal else "",
        report=found.report if isinstance(found, DryRun) else {},
        subject=subject,
        document=document,
    )
    event_id, address = uuid4(), client_address(request)
    record_login(provider, login, address=address, event_id=event_id)
    return reverse("admin:login_events_loginevent_change", args=[event_id])


def _recorded(request: HttpRequest, provider: Provider, login: Login) -> str:
    return record_login(provider, login, address=client_address(request))


def _page(
    request: HttpRequest, template: str, refusal: DomainError, reference: str
) -> HttpResponse:
    context = {"sentence": refusal.detail, "reference": reference}
    problem = problem_of(refusal)
    return TemplateResponse(
        request,
        template,
        context,
        status=_status_of(refusal) or (problem.status if problem else _FORBIDDEN),
        headers=dict(problem.headers) if problem else None,
    )


def code_of(refusal: DomainError) -> str:
    """What the login log calls a refusal."""
    if isinstance(refusal, MessageRefused):
        return refusal.rule
    return refusal.obstacle if isinstance(refusal, SignOnRefused) else refusal.code


def reason_of(refusal: DomainError) -> str:
    """What exactly was wrong, for the tenant's admins."""
    reason: str = getattr(refusal, "reason", refusal.detail)
    return reason


def _status_of(refusal: DomainError) -> int:
    if not isinstance(refusal, MessageRefused):
        return 0
    return _UNAVAILABLE if refusal.is_temporary else _FORBIDDEN
