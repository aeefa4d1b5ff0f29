"""Logouts that identity providers asked for: what was asserted before is not taken after them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sso.saml.models import SamlConfiguration, SamlLogout
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from datetime import datetime

    from sso.saml.models import SamlSession


def note_logout(
    configuration: SamlConfiguration, name: str, issued_at: datetime, *, kept_until: datetime
) -> None:
    """Write a logout down; sign-ons that are under way are waited for, or wait for it.

    Args:
        configuration: of the identity provider that asked for it.
        name: whose sessions end, as it calls them.
        issued_at: when it did, by its clock.
        kept_until: when nothing that was asserted before could be used any more.
    """
    rows = SamlConfiguration.objects.select_for_update(no_key=True).filter(pk=configuration.pk)
    rows.values("pk").first()
    SamlLogout.objects.create(
        configuration=configuration,
        digest=_digest(name),
        issued_at=issued_at,
        expires_at=kept_until,
    )


def require_no_logout_since(issued_at: datetime, row: SamlSession) -> None:
    """Refuse a session by an assertion that is older than a logout of the same person.

    A response may have been held back, or was under way (SAML core, section 3.7.3.2). Both moments
    are by the identity provider's clock. Which sessions the logout named makes no difference.

    Args:
        issued_at: when the assertion was issued.
        row: the session that would begin; its configuration is locked.

    Raises:
        SamlError: there is such a logout.
    """
    later = SamlLogout.objects.filter(
        configuration=row.configuration, digest=_digest(row.name_id), issued_at__gt=issued_at
    )
    if later.exists():
        raise SamlError(Rule.SIGNED_OUT_SINCE, "The person was signed out after it was issued.")


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
