"""Setting up a second factor: the same on the account page and at the sign-in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import segno
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from iac_platform.common.errors import DomainError
from sso.second_factors.models import FactorKind
from sso.second_factors.pages.forms import AppForm, PasskeyForm
from sso.second_factors.services.authenticator_apps import (
    begin_app,
    confirm_app,
    pending_app,
    setup_key,
    setup_uri,
)
from sso.second_factors.services.passkeys import add_passkey, registration_options
from tenants.context import current_tenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from rbac.models import User
    from sso.second_factors.models import SecondFactor
    from sso.sign_in.pages.forms import PageForm

    Done = Callable[[FactorKind], HttpResponseBase]

# In the session: which key this browser was shown.
_APP = "second_factor_app"


def app_page(
    request: HttpRequest, user: User, template: str, done: Done, *, is_first: bool = False
) -> HttpResponseBase:
    """Show the key of an authenticator app, until the app shows the right code."""
    form = AppForm(request.POST or None)
    factor = _shown_app(request, user) if request.method == "POST" else None
    if factor is None:
        factor = begin_app(user)
        request.session[_APP] = str(factor.pk)
    keep = partial(confirm_app, factor, browser=request.session, is_first=is_first)
    if form.is_valid() and _kept(form, lambda: keep(form.cleaned_data["code"])):
        request.session.pop(_APP, None)
        return done(FactorKind.APP)
    context: dict[str, Any] = {
        "form": form,
        "key": setup_key(factor),
        "qr_code": _qr_code(setup_uri(factor, issuer=current_tenant().name)),
    }
    return TemplateResponse(request, template, context)


def passkey_page(
    request: HttpRequest, user: User, template: str, done: Done, *, is_first: bool = False
) -> HttpResponseBase:
    """Have the browser make a passkey."""
    form = PasskeyForm(request.POST or None)
    keep = partial(add_passkey, request, user, is_first=is_first)
    if form.is_valid() and _kept(
        form, lambda: keep(name=form.cleaned_data["name"], answer=form.cleaned_data["passkey"])
    ):
        return done(FactorKind.PASSKEY)
    context = {"form": form, "passkey_options": registration_options(request, user)}
    return TemplateResponse(request, template, context)


def _shown_app(request: HttpRequest, user: User) -> SecondFactor | None:
    """The app whose key this browser was shown."""
    pk = request.session.get(_APP)
    return pending_app(user, UUID(pk) if pk else None)


def _kept(form: PageForm, keep: Callable[[], object]) -> bool:
    try:
        keep()
    except DomainError as refusal:
        form.show(refusal)
        return False
    return True


def _qr_code(text: str) -> SafeString:
    """A QR code as SVG; it draws squares, and says nothing of the text in it as text."""
    svg: str = segno.make(text, error="m").svg_inline(scale=5, light="#fff", svgclass="qr")
    return SafeString(svg)
