"""What the demo says while it starts, and what to try when it runs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from deployment.local import state
from deployment.local.demo.environment import DESCRIPTION

if TYPE_CHECKING:
    from collections.abc import Iterator


class Step:
    """A step of the start, whose line may say more at its end than at its beginning."""

    def __init__(self, text: str) -> None:
        self.text = text


@contextmanager
def step(text: str) -> Iterator[Step]:
    """Print one line when a step is done: how long it took, and what it was."""
    began, current = time.monotonic(), Step(text)
    yield current
    print(f"  [{time.monotonic() - began:5.1f} s]  {current.text}", flush=True)


def what_to_try(summary: dict[str, str]) -> str:
    """Return the text that ends a start: addresses, accounts and three commands that work.

    Args:
        summary: what ``seed_demo`` printed: ``tenant``, the slug whose ``blueprint`` (an id)
            is the worked example.
    """
    content = state.load(DESCRIPTION)
    base_url: str = content["base_url"]
    tenant = next(each for each in content["tenants"] if each["slug"] == summary["tenant"])
    engineer = _person(tenant, "system-engineer")
    admin = _person(tenant, "admin")
    curl = f"curl -sS -H 'Authorization: Bearer {engineer['api_token']}'"
    version = f"{base_url}/api/v1/blueprints/{summary['blueprint']}/versions/1"
    return f"""
The platform runs at {base_url}

  Who is this token?   {curl} {base_url}/api/v1/me/
  A three-tier design  {curl} {version}/
  ... as Terraform     {curl} '{version}/code?target=terraform'

  Admin of {tenant["slug"]}:   {_at(base_url, tenant["host"])}/admin/   \
{admin["username"]} / {admin["password"]}
  Operator's admin:    {_at(base_url, content["operator"]["host"])}/admin/   \
{content["operator"]["username"]} / {content["operator"]["password"]}
  API documentation:   {base_url}/api/docs/
  Everybody and everything: {DESCRIPTION.parent.name}/{DESCRIPTION.name}

  make demo-stop ends it, make demo-logs follows it; a second make demo keeps all data.
"""


def _person(tenant: dict[str, Any], role: str) -> dict[str, Any]:
    person: dict[str, Any] = next(user for user in tenant["users"] if user["role"] == role)
    return person


def _at(base_url: str, host: str) -> str:
    """Return the base URL at another host; browsers find every *.localhost on this machine."""
    scheme, _, rest = base_url.partition("://")
    return f"{scheme}://{host.partition(':')[0]}:{rest.rpartition(':')[2]}"
