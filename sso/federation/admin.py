"""What the admin's pages of configurations have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect

from iac_platform.admin.forms import wording
from iac_platform.common.errors import DomainError
from iac_platform.gateway.actors import actor_of
from sso.federation.addresses import base_url, is_elsewhere
from sso.federation.testing import begin_test

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from iac_platform.admin.actions import ActingAdmin
    from sso.federation.protocols import SignOnProtocol

_QUESTION = (
    "Sign in at {} to test the configuration? Nobody is signed in here and nothing is changed: the "
    "login log then shows what was sent, and what a sign-in would do."
)


def test_page(
    admin: ActingAdmin, request: HttpRequest, configuration: Any, protocol: SignOnProtocol
) -> HttpResponseBase:
    """Ask, then begin the test of a configuration; back to its page with the reason if refused."""
    if is_elsewhere(request):
        # The answer comes to this host, and so must the cookie.
        return redirect(f"{base_url(request)}{request.get_full_path()}")
    if request.method != "POST":
        return admin.ask(request, configuration, title="Test", question=_QUESTION, danger=False)
    try:
        return begin_test(protocol, request, configuration, actor=actor_of(request))
    except DomainError as refusal:
        messages.error(request, getattr(refusal, "reason", wording(refusal)))
    return admin.back_to(configuration)
