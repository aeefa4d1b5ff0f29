"""What people read of identity providers, whatever their protocol."""

from __future__ import annotations

from typing import Final

DELETE_WARNING: Final = (
    "The people who sign in with it are signed out, and a new configuration does not recognize "
    "them: they keep their users and roles, and cannot sign in. What groups gave them stays. "
    "Disable it instead if you may need it again."
)
