"""Who the simulated users are: accounts of tenants, from a file such as ``var/demo.json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.load.errors import LoadTestError

if TYPE_CHECKING:
    from pathlib import Path

CREATORS = {"admin", "system-engineer"}
"""Roles that may do all that the users do."""


class Person(NamedTuple):
    """A user of a tenant.

    Attributes:
        host: of the tenant.
        username, password: for the login page; the password may be empty.
        token: for the API.
    """

    host: str
    username: str
    password: str
    token: str


def read_people(path: Path, *, with_passwords: bool) -> list[Person]:
    """Everybody in the file who may create blueprints.

    Args:
        path: JSON with ``tenants``, each with a ``host`` and ``users``; a user has
            ``username``, ``password``, ``role`` and ``api_token``.
        with_passwords: whether they sign in at the login page.

    Raises:
        LoadTestError: the file cannot be read, or has nobody who can be used.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        people = [
            Person(tenant["host"], user["username"], user.get("password", ""), user["api_token"])
            for tenant in content["tenants"]
            for user in tenant["users"]
            if _fits(user, with_passwords=with_passwords)
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LoadTestError(f"{path} is no file of accounts: {error!r}") from error
    if not people:
        needs = "a password and " if with_passwords else ""
        roles = " or ".join(sorted(CREATORS))
        raise LoadTestError(f"{path} has nobody with {needs}a token and the role {roles}.")
    return people


def _fits(user: dict[str, Any], *, with_passwords: bool) -> bool:
    return bool(
        user["api_token"]
        and user["role"] in CREATORS
        and (user.get("password") or not with_passwords)
    )
