"""What people read after a sign-out that involved their identity provider."""

from __future__ import annotations


def only_here(name: str) -> str:
    """For somebody who has signed out here, and perhaps not at the identity provider."""
    return f"You have signed out here. You may still be signed in at {name}."


def here_and_there(name: str) -> str:
    """For somebody who has signed out at both."""
    return f"You have signed out, here and at {name}."
