"""Telling an identity provider by SOAP that a session has ended here: no browser takes part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import timezone

from iac_platform.common import fetching
from iac_platform.common.fetching import Content
from iac_platform.common.places import Places
from sso.saml import selectors
from sso.saml.errors import LogoutsBusy
from sso.saml.protocol import bindings
from sso.saml.protocol.logout import logout_request_envelope, read_logout_response
from sso.saml.sign_ons.logouts import session_named_by
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from sso.saml.models import SamlSession
    from sso.saml.protocol.logout import Envelope

_SECONDS: Final = 5.0
_MAX_BYTES: Final = 64 * 1024
# SOAP 1.1, section 6, and SAML bindings, 3.2.3.2.
_HEADERS: Final = {
    "Content-Type": "text/xml; charset=utf-8",
    "SOAPAction": "http://www.oasis-open.org/committees/security",
}
# Whoever waits for an answer keeps one of the process's threads.
LOGOUTS: Final = Places(in_all=2, of_one_tenant=1, busy=LogoutsBusy)


def end_there(row: SamlSession, base_url: str) -> None:
    """Have the identity provider end a session that has ended here, and read that it did.

    Args:
        row: what it calls the session; the row may be gone.
        base_url: of the tenant, which the identity provider knows.

    Raises:
        SamlError: it takes no logout by SOAP, or does not say, signed, that it ended the session.
        FetchFailed: it did not answer.
        LogoutsBusy: others are being told.
    """
    sp = selectors.service_provider(row.configuration, base_url)
    idp = selectors.identity_provider(row.configuration)
    envelope = logout_request_envelope(sp, idp, session_named_by(row), now=timezone.now())
    read_logout_response(
        bindings.from_envelope(_answer_to(envelope)),
        sp,
        idp,
        request_id=envelope.message_id,
        now=timezone.now(),
        by_browser=False,
    )


def _answer_to(envelope: Envelope) -> bytes:
    with LOGOUTS.taken(current_tenant_id()):
        return fetching.fetch(
            envelope.url,
            max_bytes=_MAX_BYTES,
            content=Content(envelope.body, _HEADERS),
            seconds=_SECONDS,
        )
