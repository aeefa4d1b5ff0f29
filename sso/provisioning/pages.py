"""One's own identities: by which identity providers one signs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from iac_platform.admin.forms import wording
from iac_platform.common.errors import DomainError
from rbac.models import UserKind
from sso.provisioning.models import ProviderKind
from sso.provisioning.providers import find_provider
from sso.provisioning.selectors import identities_of_user
from sso.provisioning.services.identities import unlink_identity
from sso.sign_in.links import sign_on_links
from sso.sign_in.pages.access import account_page
from sso.sign_in.pages.forms import CurrentPasswordForm
from sso.sign_in.selectors import signs_in_by_password

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from sso.provisioning.models import Identity


class _Row(NamedTuple):
    """An identity, with what people call its provider."""

    identity: Identity
    provider: str

    @property
    def can_be_unlinked(self) -> bool:
        """Not where the provider manages one by it (SCIM)."""
        return self.identity.provider_kind != ProviderKind.SCIM


@account_page
def identities(request: HttpRequest) -> HttpResponseBase:
    """Who one is at identity providers, and those at which one is nobody yet."""
    user: Any = request.user
    own = [_Row(each, _name_of(each)) for each in identities_of_user(user)]
    linked = {row.identity.provider_id for row in own}
    is_person = user.kind == UserKind.PERSON
    links = [each for each in sign_on_links() if each.provider_id not in linked]
    context = {
        "identities": own,
        "links": links if is_person else [],
        "form": CurrentPasswordForm() if signs_in_by_password(user) else None,
    }
    return TemplateResponse(request, "provisioning/identities.html", context)


@require_POST
@account_page
def unlink(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Have one of one's own identities sign one on no more."""
    user: Any = request.user
    identity = get_object_or_404(identities_of_user(user), pk=pk)
    try:
        ended = unlink_identity(identity, actor=user, browser=request.session)
    except DomainError as refusal:
        messages.error(request, wording(refusal))
    else:
        name = _name_of(identity)
        messages.success(request, f"{name} signs you on no more. Other sessions ended: {ended}.")
    return redirect("account-identities")


def _name_of(identity: Identity) -> str:
    provider = find_provider(identity.provider_kind, identity.provider_id)
    return provider.name if provider is not None else identity.provider_kind
