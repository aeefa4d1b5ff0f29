"""``demo.json``: where everything is and how to sign in; written for its owner alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict

from deployment.local.state import load, write_private
from tenants.models import PLATFORM_SLUG

if TYPE_CHECKING:
    from pathlib import Path


class Account(TypedDict):
    """How the operator signs in to the admin."""

    username: str
    password: str


class Operator(Account):
    """And at which host."""

    host: str


class Person(Account):
    """How one person of a tenant signs in, to the admin and to the API."""

    role: str
    api_token: str


class TenantEntry(TypedDict):
    """A tenant, its host name and its people."""

    slug: str
    tier: str
    host: str
    users: list[Person]


class Description(TypedDict):
    """The whole file."""

    base_url: str
    operator: Operator
    tenants: list[TenantEntry]
    database_url: str
    owner_database_url: str
    redis_url: str


class Credentials:
    """The passwords and tokens that an earlier ``demo.json`` gave out.

    Only there are they still readable: the database keeps hashes.
    """

    def __init__(self, path: Path) -> None:
        content = load(path)
        operator = content.get("operator", {})
        self._passwords: dict[tuple[str, str], str] = {}
        self._tokens: dict[tuple[str, str], str] = {}
        if operator:
            self._passwords[PLATFORM_SLUG, operator["username"]] = operator["password"]
        for tenant in content.get("tenants", []):
            for user in tenant["users"]:
                key = (tenant["slug"], user["username"])
                self._passwords[key] = user["password"]
                self._tokens[key] = user["api_token"]

    def password(self, slug: str, username: str) -> str:
        """Return the password that this person was given, or an empty text."""
        return self._passwords.get((slug, username), "")

    def token(self, slug: str, username: str) -> str:
        """Return the token that this person was given, or an empty text."""
        return self._tokens.get((slug, username), "")


def write(path: Path, description: Description) -> None:
    """Write the file, readable by its owner only."""
    write_private(path, json.dumps(description, indent=2) + "\n")
