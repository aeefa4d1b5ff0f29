"""Which messages were used, for one tenant and all its workers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from sso.federation.store import refusing_without_database
from sso.saml.models import UsedMessage
from sso.saml.protocol.responses import StoreUnavailable

if TYPE_CHECKING:
    from datetime import datetime


class UsedMessages:
    """``protocol.responses.OneTimeUse`` in the current tenant's rows.

    Of two that come at once, the unique constraint lets one through.

    Args:
        durable: whether what is taken stays taken, whatever becomes of the sign-on; else it is
            taken in the open transaction, and free again if that is rolled back.
    """

    def __init__(self, *, durable: bool = True) -> None:
        self._durable = durable

    def use(self, key: str, *, until: datetime) -> bool:
        """Take a key: True for the first who asks, False for all others until then.

        Raises:
            StoreUnavailable: it cannot be written down.
        """
        digest = hashlib.sha256(key.encode()).hexdigest()
        try:
            with (
                refusing_without_database(StoreUnavailable),
                transaction.atomic(durable=self._durable),
            ):
                UsedMessage.objects.create(digest=digest, until=until)
        except IntegrityError:
            return False
        return True
