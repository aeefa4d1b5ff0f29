"""The session that a sign-on begins, and what the identity provider calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from sso.federation import sessions
from sso.saml.models import SamlConfiguration, SamlSession
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.sign_ons.identities import provider_of
from sso.saml.sign_ons.past_logouts import require_no_logout_since
from sso.sign_in.session_store import digest_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from rbac.models import User
    from sso.saml.protocol.assertions import VerifiedAssertion
    from sso.sign_in.models import Session

_GONE = "The configuration was deleted, switched off, or trusts others by now."


def saml_session(configuration: SamlConfiguration, assertion: VerifiedAssertion) -> SamlSession:
    """What the identity provider calls the session that is about to begin, not yet written.

    Raises:
        SamlError: a name is longer than can be kept; a logout could not name it then.
    """
    row = SamlSession(
        configuration=configuration,
        name_id=assertion.name_id.value,
        name_id_format=assertion.name_id.format,
        name_qualifier=assertion.name_id.name_qualifier,
        sp_name_qualifier=assertion.name_id.sp_name_qualifier,
        session_index=assertion.session_index,
        expires_at=assertion.session_expires,
    )
    for field in row._meta.concrete_fields:
        longest = field.max_length if isinstance(field, models.CharField) else None
        if longest is not None and len(getattr(row, field.attname)) > longest:
            raise SamlError(Rule.NAME_ID, f"The {field.name} has over {longest} characters.")
    return row


def session_of(request: HttpRequest) -> SamlSession | None:
    """What an identity provider calls the session of a browser; None if none opened it."""
    if request.session.session_key is None:
        return None
    rows = SamlSession.objects.filter(session__digest=digest_of(request.session.session_key))
    return rows.select_related("configuration").first()


def begin_session(
    request: HttpRequest, user: User, row: SamlSession, *, issued_at: datetime
) -> None:
    """Sign somebody in.

    Args:
        request: of their browser.
        user: who they are.
        row: from ``saml_session``.
        issued_at: when the assertion was issued.

    Raises:
        SignOnRefused, SamlError: the user or the configuration is not what it was any more, or the
            identity provider has ended their sessions since.
    """

    def keep() -> None:
        lock_unchanged(row.configuration)
        require_no_logout_since(issued_at, row)

    def store(session: Session) -> None:
        row.user, row.session = user, session
        row.save(force_insert=True)

    sessions.begin_session(
        request,
        user,
        provider=provider_of(row.configuration),
        keep=keep,
        store=store,
        until=row.expires_at,
    )


def lock_unchanged(configuration: SamlConfiguration) -> None:
    """Keep it as it was when the response was verified: what ends sessions waits for this one.

    Raises:
        SamlError: it was deleted, switched off, or trusts others by now.
    """
    rows = SamlConfiguration.objects.select_for_update(no_key=True).defer("metadata_xml")
    now = rows.filter(pk=configuration.pk, is_enabled=True).first()
    if now is None or not now.trusts(configuration.entity_id, configuration.certificates):
        raise SamlError(Rule.METADATA, _GONE)
