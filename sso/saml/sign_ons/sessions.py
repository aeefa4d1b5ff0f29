"""The session that a sign-on begins, and what the identity provider calls it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import login
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from iac_platform.common.errors import DomainError
from rbac.models import User
from sso.provisioning.errors import Obstacle, SignOnRefused
from sso.provisioning.services.sign_on import note_session
from sso.saml.models import SamlConfiguration, SamlSession
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.sign_ons.identities import provider_of
from sso.saml.sign_ons.past_logouts import require_no_logout_since
from sso.sign_in.backends import PasswordBackend
from sso.sign_in.models import Session
from sso.sign_in.session_store import BY_PROVIDER, digest_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from sso.saml.protocol.assertions import VerifiedAssertion

_GONE = "The configuration was deleted, switched off, or trusts others by now."
# Whose users are asked for at each request: deactivated ones are nobody.
_BACKEND = f"{PasswordBackend.__module__}.{PasswordBackend.__qualname__}"


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
    """Sign somebody in: a new session, under a secret that nobody has seen before.

    Args:
        request: of their browser.
        user: who they are.
        row: from ``saml_session``.
        issued_at: when the assertion was issued.

    Raises:
        SignOnRefused, SamlError: the user or the configuration is not what it was any more, or the
            identity provider has ended their sessions since.
    """
    key, visitor = request.session.session_key, request.user
    try:
        with transaction.atomic():
            keep_as_they_are(user, row.configuration)
            require_no_logout_since(issued_at, row)
            note_session(user, provider_of(row.configuration))
            _begin_session(request, user, row)
    except (DomainError, DatabaseError):
        # The browser keeps what it had: nothing stays of a session that was rolled back.
        request.session, request.user = type(request.session)(key), visitor
        raise


def keep_as_they_are(user: User, configuration: SamlConfiguration) -> None:
    """Keep both as they were when the response was verified: what ends sessions waits for this one.

    Raises:
        SignOnRefused: the user was deactivated meanwhile.
        SamlError: the configuration was deleted, switched off, or trusts others by now.
    """
    people = User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True)
    if people.values("pk").first() is None:
        raise SignOnRefused(Obstacle.DEACTIVATED, f"{user} is deactivated.")
    rows = SamlConfiguration.objects.select_for_update(no_key=True).defer("metadata_xml")
    now = rows.filter(pk=configuration.pk, is_enabled=True).first()
    if now is None or not now.trusts(configuration.entity_id, configuration.certificates):
        raise SamlError(Rule.METADATA, _GONE)


def _begin_session(request: HttpRequest, user: User, row: SamlSession) -> None:
    # Django keeps the secret where the same user signs in again; a sign-on is a session of its own.
    request.session.flush()
    login(request, user, backend=_BACKEND)
    request.session[BY_PROVIDER] = True
    if row.expires_at is not None:
        own = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        request.session.set_expiry(min(own, row.expires_at))
    request.session.save()
    row.user = user
    row.session = Session.objects.get(digest=digest_of(request.session.session_key or ""))
    row.save(force_insert=True)
