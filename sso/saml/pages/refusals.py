"""What people are shown whose sign-on or logout is refused, and what admins can read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.template.response import TemplateResponse

from iac_platform.gateway.client_address import client_address
from iac_platform.gateway.problems.translation import problem_of
from rbac.attempts import TooManyAttempts
from sso.login_events.models import Outcome
from sso.login_events.services import Login, record_login
from sso.provisioning.errors import SignOnRefused
from sso.saml import selectors
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.sign_ons.identities import provider_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from iac_platform.common.errors import DomainError
    from sso.saml.models import SamlConfiguration

_FORBIDDEN, _UNAVAILABLE = 403, 503


def configuration_or_404(slug: str) -> SamlConfiguration:
    """The configuration that an address names.

    Raises:
        Http404: there is none, or it is switched off; which of them, nobody is told.
    """
    configuration = selectors.configuration_by_slug(slug)
    if configuration is None:
        raise Http404
    return configuration


def refused(
    request: HttpRequest,
    configuration: SamlConfiguration,
    refusal: DomainError,
    *,
    subject: str = "",
    document: str = "",
    template: str = "saml/refused.html",
    is_unasked: bool = False,
) -> HttpResponse:
    """A sentence for the person and a reference, by which admins find the reason."""
    login = Login(
        Outcome.REFUSED,
        code=code_of(refusal),
        reason=reason_of(refusal),
        subject=subject,
        document=document,
        is_unasked=is_unasked,
    )
    # Whoever goes on and on would push everything else out of the log.
    is_flood = isinstance(refusal, TooManyAttempts)
    reference = "" if is_flood else _recorded(request, configuration, login)
    return _page(request, template, refusal, reference)


def only_here(name: str) -> str:
    """What somebody reads who has signed out here, and perhaps not at the identity provider."""
    return f"You have signed out here. You may still be signed in at {name}."


def here_and_there(name: str) -> str:
    """What they read if they have."""
    return f"You have signed out, here and at {name}."


def _recorded(request: HttpRequest, configuration: SamlConfiguration, login: Login) -> str:
    return record_login(provider_of(configuration), login, address=client_address(request))


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
    if isinstance(refusal, SamlError):
        return refusal.rule
    return refusal.obstacle if isinstance(refusal, SignOnRefused) else refusal.code


def reason_of(refusal: DomainError) -> str:
    """What exactly was wrong, for the tenant's admins."""
    reason: str = getattr(refusal, "reason", refusal.detail)
    return reason


def _status_of(refusal: DomainError) -> int:
    if not isinstance(refusal, SamlError):
        return 0
    return _UNAVAILABLE if refusal.rule is Rule.STORE_UNAVAILABLE else _FORBIDDEN
