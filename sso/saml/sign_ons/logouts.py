"""Single logout: which sessions end when an identity provider says so."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from django.db import transaction

from iac_platform.common.audit import SystemActor
from sso.saml.models import SamlConfiguration, SamlLogout, SamlSession
from sso.saml.protocol.assertions import MAX_LIFETIME
from sso.saml.protocol.logout import Session
from sso.saml.protocol.rules import Refused, Rule
from sso.saml.protocol.subjects import NameId
from sso.saml.protocol.times import CLOCK_SKEW
from sso.saml.sign_ons.identities import within_parties
from sso.sign_in.models import Session as BrowserSession
from sso.sign_in.services.sessions import end_session

if TYPE_CHECKING:
    from datetime import datetime

    from rbac.models import User
    from sso.saml.protocol.logout import Logout

ACTOR: Final = SystemActor("single logout")


def session_named_by(row: SamlSession) -> Session:
    """A session as its identity provider knows it."""
    name_id = NameId(row.name_id, row.name_id_format, row.name_qualifier, row.sp_name_qualifier)
    return Session(name_id, row.session_index)


def require_no_logout_since(issued_at: datetime, row: SamlSession) -> None:
    """Refuse a session by an assertion that is older than a logout of the same person.

    A response may have been held back, or was under way (SAML core, section 3.7.3.2). Both moments
    are by the identity provider's clock. Which sessions the logout named makes no difference.

    Args:
        issued_at: when the assertion was issued.
        row: the session that would begin; its configuration is locked.

    Raises:
        Refused: there is such a logout.
    """
    later = SamlLogout.objects.filter(
        configuration=row.configuration, digest=_digest(row.name_id), issued_at__gt=issued_at
    )
    if later.exists():
        raise Refused(Rule.SIGNED_OUT_SINCE, "The person was signed out after it was issued.")


def _note(configuration: SamlConfiguration, logout: Logout) -> None:
    """Write a logout down; sign-ons that are under way are waited for, or wait for it."""
    rows = SamlConfiguration.objects.select_for_update(no_key=True).filter(pk=configuration.pk)
    rows.values("pk").first()
    SamlLogout.objects.create(
        configuration=configuration,
        digest=_digest(logout.name_id.value),
        issued_at=logout.issued_at,
        expires_at=logout.issued_at + MAX_LIFETIME + 2 * CLOCK_SKEW,
    )


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


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
    _note(configuration, logout)
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
