"""Passwords and tokens that a component of type secret makes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blueprints.catalog.documents.cloud_rules.context import Subject


def length_fault(secret: Subject | None, longest: int, what: str) -> str:
    """Say that a made-up secret is too long for its use; empty if it is not, or not known."""
    generate = secret.properties.get("generate") if secret else None
    if secret is None or not generate:
        return ""
    length = generate["length"]
    if length <= longest:
        return ""
    return (
        f"{what} has at most {longest} characters here, and the secret {secret.id} makes {length}: "
        f'set its "length" to {longest} or less.'
    )
