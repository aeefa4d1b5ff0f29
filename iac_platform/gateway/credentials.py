"""What a request says of who sends it, by its form alone: nothing of it is verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from iac_platform.common.hooks import Hook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from django.http import HttpRequest


class Credential(NamedTuple):
    """What a request shows to be known by.

    Attributes:
        tenant_id: who issued it, as it says itself.
        digest: by which its issuer finds it.
    """

    tenant_id: UUID
    digest: str


class Shown(NamedTuple):
    """A credential with what its issuer keeps of it, read along with the tenant.

    Attributes:
        credential: what was shown.
        kept: as the issuer's app reads it; all None where it is not valid.
    """

    credential: Credential
    kept: Sequence[Any]


# What a request shows; None where it has nothing of the right form.
CREDENTIAL: Hook[Callable[[HttpRequest], Credential | None]] = Hook("credential of a request")


def credential_of(request: HttpRequest) -> Credential | None:
    """What a request shows, read once; None where it shows nothing of the right form."""
    known = vars(request)
    if "credential" not in known:
        known["credential"] = CREDENTIAL.get()(request)
    found: Credential | None = known["credential"]
    return found
