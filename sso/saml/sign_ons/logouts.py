"""Single logout: which sessions end when an identity provider says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction

from iac_platform.common.audit import SystemActor
from sso.saml.models import SamlSession
from sso.saml.protocol.assertions import MAX_LIFETIME
from sso.saml.protocol.logout import Session
from sso.saml.protocol.subjects import NameId
from sso.saml.protocol.times import CLOCK_SKEW
from sso.saml.sign_ons.identities import within_parties
from sso.saml.sign_ons.past_logouts import note_logout
from sso.sign_in.models import Session as BrowserSession
from sso.sign_in.services.sessions import end_session

if TYPE_CHECKING:
    from rbac.models import User
    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.logout import Logout

ACTOR: Final = SystemActor("single logout")


def session_named_by(row: SamlSession) -> Session:
    """A session as its identity provider knows it."""
    name_id = NameId(row.name_id, row.name_id_format, row.name_qualifier, row.sp_name_qualifier)
    return Session(name_id, row.session_index)


@transaction.atomic
def end_sessions(configuration: SamlConfiguration, logout: Logout, entity_id: str) -> list[User]:
    """End the sessions that a verified LogoutRequest names; whose they were.

    They are found by their names, whatever browser brings the request: a post from another site
    comes without the session's cookie, and one from server to server without any.

    Args:
        configuration: of the identity provider that signed the request; no other's sessions end.
        logout: what it says.
        entity_id: of the service provider that the tenant is for it.
    """
    note_logout(
        configuration,
        logout.name_id.value,
        logout.issued_at,
        kept_until=logout.issued_at + MAX_LIFETIME + 2 * CLOCK_SKEW,
    )
    parties = (configuration.entity_id, entity_id)
    asked = logout.about(within_parties(logout.name_id, *parties))
    rows = SamlSession.objects.filter(configuration=configuration, name_id=logout.name_id.value)
    locked = BrowserSession.objects.filter(saml_sessions__in=rows).locked()
    ended = []
    for row in rows.filter(session__in=locked).select_related("session__user"):
        known = session_named_by(row)
        if asked.ends(Session(within_parties(known.name_id, *parties), known.session_index)):
            end_session(row.session, actor=ACTOR)
            ended.append(row.user)
    return ended
