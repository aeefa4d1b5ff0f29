"""Where sessions are kept (``settings.SESSION_ENGINE``).

The cookie holds a secret and the row its SHA-256, in the tenant's own rows: a session is
nothing at another tenant's host. A plain hash suffices, as the secret has 165 random bits.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Least
from django.utils import timezone

from tenants.context import current_tenant

if TYPE_CHECKING:
    from datetime import datetime

USER_AGENT = "user_agent"
"""The key under which a session's data say what the browser calls itself."""
BY_PROVIDER = "by_provider"
"""The key under which they say that an identity provider signed somebody on."""
PROVIDER_ID = "provider_id"
"""The key under which they say which one: the id of its configuration."""
SECOND_FACTOR = "second_factor"
"""The key under which they say which second factor was shown beside the password."""
_EXPIRY = "_session_expiry"  # Django's


def digest_of(session_key: str) -> str:
    """What is stored of a session's secret."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def client_address() -> str | None:
    """Where the request comes from, as the log lines say it too."""
    address: str | None = structlog.contextvars.get_contextvars().get("client_ip")
    return address


class SessionStore(SessionBase):
    """One browser's session in the current tenant."""

    _starts_lifetime = False

    @property
    def key_salt(self) -> str:
        """What data are signed for: one tenant's are no data in another's row."""
        return f"sso.sign_in.session:{current_tenant().pk}"

    def exists(self, session_key: str) -> bool:
        """Whether there is a session of this secret, even an expired one."""
        return bool(_rows().filter(digest=digest_of(session_key)).exists())

    def create(self) -> None:
        """Write a new session.

        Raises:
            CreateError: another session has the secret, which chance does not bring about.
        """
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # the stubs lack it
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Write the session.

        Raises:
            CreateError: it must be new, and another session has the secret.
            UpdateError: it was ended meanwhile.
        """
        if self.session_key is None:
            self.create()
            return
        session = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # likewise
        values = self._values(session)
        digest = digest_of(self.session_key)
        if must_create:
            _insert(digest, values)
        elif not _rows().filter(digest=digest).update(**self._never_later(values)):
            raise UpdateError

    def start_lifetime(self, ends_at: datetime) -> None:
        """Have the session last until then, as somebody signs in; later saves change it no more."""
        self.set_expiry(ends_at)
        self._starts_lifetime = True

    def _never_later(self, values: dict[str, Any]) -> dict[str, Any]:
        """What is written of a session that may have been shortened since it was read."""
        if self._starts_lifetime or values["user_id"] is None:
            self._starts_lifetime = False
            return values
        return {**values, "expires_at": Least(F("expires_at"), Value(values["expires_at"]))}

    def delete(self, session_key: str | None = None) -> None:
        """End a session: this one, or that of another secret."""
        key = self.session_key if session_key is None else session_key
        if key is not None:
            _rows().filter(digest=digest_of(key)).end()

    def cycle_key(self) -> None:
        """Go on under a new secret, in the same row: what belongs to the session stays with it.

        Raises:
            UpdateError: it was ended meanwhile.
        """
        self._get_session()  # type: ignore[attr-defined]  # the stubs lack it
        if self.session_key is None:
            self.create()
            return
        key = self._get_new_session_key()  # type: ignore[attr-defined]  # likewise
        if not _rows().filter(digest=digest_of(self.session_key)).update(digest=digest_of(key)):
            raise UpdateError
        self._session_key = key
        self.modified = True

    def load(self) -> dict[str, Any]:
        """The session's data; none if it has ended or expired."""
        from sso.sign_in.services.sessions import is_idle, note_use  # noqa: PLC0415  # needs models

        key = self.session_key
        found = _rows().filter(digest=digest_of(key), expires_at__gt=timezone.now()) if key else []
        for row in found:
            if is_idle(row):
                break
            note_use(row, client_address())
            return self._data_of(row)
        self._session_key = None
        return {}

    def _data_of(self, row: Any) -> dict[str, Any]:
        """The data of a row; of somebody's session, it is the row that says when it ends."""
        data: dict[str, Any] = self.decode(row.data)
        return {**data, _EXPIRY: row.expires_at.isoformat()} if row.user_id else data

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what has expired, of every tenant; what ``manage.py clearsessions`` calls."""
        from sso.sign_in.services.expired import clear_expired  # noqa: PLC0415  # needs models

        clear_expired()

    def _values(self, data: dict[str, Any]) -> dict[str, Any]:
        user_id = data.get(SESSION_KEY)
        return {
            "data": self.encode(data),
            "expires_at": self.get_expiry_date(),
            "user_id": UUID(user_id) if user_id else None,
            "user_agent": str(data.get(USER_AGENT, "")),
            "by_provider": bool(data.get(BY_PROVIDER)),
            "provider_id": data.get(PROVIDER_ID),
            "second_factor": str(data.get(SECOND_FACTOR, "")),
        }


def _insert(digest: str, values: dict[str, Any]) -> None:
    try:
        with transaction.atomic():
            _rows().create(digest=digest, address=client_address(), **values)
    except IntegrityError as error:
        raise CreateError from error


def _rows() -> Any:
    """The sessions of the current tenant; the engine is imported before the models are there."""
    from sso.sign_in.models import Session  # noqa: PLC0415  # likewise

    return Session.objects
