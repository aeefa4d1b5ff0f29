"""The client's secret: sealed for its row, replaced, and never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.encryption import seal
from sso.oidc.errors import InvalidOidcConfiguration
from sso.oidc.models import OidcClientSecret
from sso.oidc.models.configuration import MAX_CLIENT_SECRET, validate_visible

if TYPE_CHECKING:
    from sso.oidc.models import OidcConfiguration

from django.core.exceptions import ValidationError

FIELD = "client_secret"


def validate_secret(secret: str) -> None:
    """Refuse a secret that no provider gives.

    Raises:
        InvalidOidcConfiguration: it is too long, or has spaces or control characters.
    """
    try:
        validate_visible(secret)
    except ValidationError as error:
        raise InvalidOidcConfiguration.at(FIELD, error.messages[0]) from None
    if len(secret) > MAX_CLIENT_SECRET:
        raise InvalidOidcConfiguration.at(FIELD, f"It has over {MAX_CLIENT_SECRET} characters.")


def replace_secret(configuration: OidcConfiguration, secret: str) -> None:
    """Keep a secret in the place of the one before, in the open transaction.

    The row is a new one each time: what was sealed for another opens nothing.
    """
    OidcClientSecret.objects.filter(configuration=configuration).delete()
    row = OidcClientSecret(configuration=configuration)
    row.secret = seal(secret, row=row, column="secret")
    row.save(force_insert=True)


def forget_secret(configuration: OidcConfiguration) -> None:
    """Keep it no longer, in the open transaction: it was given to be shown to another provider."""
    OidcClientSecret.objects.filter(configuration=configuration).delete()


def secret_id(configuration: OidcConfiguration) -> str:
    """What the audit log tells one secret from the next by; nothing of the secret itself."""
    rows = OidcClientSecret.objects.filter(configuration=configuration)
    found = rows.values_list("pk", flat=True).first()
    return str(found) if found else ""
