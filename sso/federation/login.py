"""Where a sign-on begins: the browser is sent to the identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect

from iac_platform.common.errors import DomainError
from rbac.attempts import begin_attempt
from sso.federation.addresses import base_url, is_elsewhere
from sso.federation.protocols import Purpose
from sso.federation.refusals import refused
from sso.sign_in.pages.landing import NEXT, landing, safe_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from sso.federation.protocols import SignOnProtocol


def begin_sign_on(protocol: SignOnProtocol, request: HttpRequest, slug: str) -> HttpResponse:
    """Send the browser to the identity provider; whoever has signed in already, on to the page."""
    configuration = protocol.configuration_or_404(slug)
    if request.user.is_authenticated:
        return redirect(landing(request, request.user))
    if is_elsewhere(request):
        return redirect(f"{base_url(request)}{request.get_full_path()}")
    next_page = safe_page(request, request.GET.get(NEXT, ""))
    if len(next_page) > protocol.max_next_page:
        next_page = ""
    try:
        begin_attempt(protocol.login_attempts, request)
        return protocol.start(request, configuration, Purpose(next_page))
    except DomainError as refusal:
        return refused(request, protocol.provider_of(configuration), refusal)
