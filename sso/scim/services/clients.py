"""Who acts where an identity provider provisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.audit import SystemActor

if TYPE_CHECKING:
    from uuid import UUID

    from sso.scim.models import ScimDirectory, ScimToken


class ScimClient(SystemActor):
    """A SCIM token that is being used: the principal of a request to ``/scim/v2/``.

    It acts with the rights of the platform, on the people of its directory alone: creating the
    token took all that an admin may do.
    """

    is_authenticated = True
    is_active = True

    def __init__(self, token: ScimToken) -> None:
        super().__init__(f"SCIM token {token.name}")
        self.token = token

    @property
    def audit_id(self) -> str:
        """``scim-token:<uuid>``."""
        return f"scim-token:{self.pk}"

    @property
    def pk(self) -> UUID:
        """By which its requests are counted."""
        return self.token.pk

    @property
    def directory(self) -> ScimDirectory:
        """Whose people and groups it manages."""
        directory: ScimDirectory = self.token.directory
        return directory
