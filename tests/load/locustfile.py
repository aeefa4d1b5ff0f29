"""The simulated users, for locust; ``tests.load.run`` starts it with a plan.

Every user has an account and a token of their own and keeps one connection. What they do, and
to what, is drawn from the plan's seed, so two runs ask the same of the same tenants.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Never

import gevent
from locust import FastHttpUser, task
from locust.exception import StopUser

from tests.load.drawing import Deck, zipf
from tests.load.people import read_people
from tests.load.plan import Plan
from tests.load.scenarios import Action, Login

PLAN = Plan.of_this_process()
SCENARIO = PLAN.scenario
PEOPLE = read_people(PLAN.people, with_passwords=SCENARIO.login == Login.PASSWORD)
ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = json.loads((ROOT / "blueprints/catalog/examples/three-tier-web.json").read_bytes())
RUN = secrets.token_hex(4)
"""Tells the blueprints of this process from those of every other one."""
TOKEN_LASTS = timedelta(hours=1)
OK, CREATED, FOUND = 200, 201, 302

_numbers = count()
_finished = count(1)
"""Users that did all that they were to do."""


class PlatformUser(FastHttpUser):  # type: ignore[misc]  # locust lives in an environment of its own
    """A user of one tenant."""

    network_timeout = connection_timeout = 60.0

    def on_start(self) -> None:
        """Take an account, and look at the tenant's blueprints as whoever comes does."""
        self.number = _number(self.environment.runner)
        self.person = PEOPLE[self.number % len(PEOPLE)]
        self.random = Random(f"{PLAN.seed}:{self.number}")  # noqa: S311  # no secret
        self.deck = Deck(SCENARIO.mix, self.random)
        self.made = count(1)
        self.acted = 0
        self.own: dict[str, Any] | None = None
        self.blueprints = self._list()
        if not self.blueprints:
            self.environment.events.user_error.fire(
                user_instance=self,
                exception=RuntimeError(f"{self.person.host} shows no blueprints."),
                tb=None,
            )
            raise StopUser

    def wait_time(self) -> float:
        """How long to wait before the next action, in seconds."""
        return self.random.uniform(*SCENARIO.wait)

    @task  # type: ignore[untyped-decorator]  # likewise
    def act(self) -> None:
        """Do what comes next."""
        if self.acted == SCENARIO.actions:
            self._finish()
        self.acted += 1
        {
            Action.LOGIN: self._login,
            Action.LIST: self._list,
            Action.DETAIL: self._detail,
            Action.CREATE: self._create,
            Action.CODE: self._code,
            Action.UPDATE: self._update,
        }[self.deck.deal()]()

    def _finish(self) -> Never:
        if next(_finished) == SCENARIO.users:
            gevent.spawn(self.environment.runner.quit)
        raise StopUser

    def _login(self) -> None:
        if SCENARIO.login == Login.PASSWORD:
            self._sign_in()
        else:
            self._mint_token()

    def _sign_in(self) -> None:
        """Sign in as a browser does, and out again: cookies would keep later answers uncached."""
        self.client.cookiejar.clear()
        self._page("GET", "login form", "/login/", OK)
        credentials = {"username": self.person.username, "password": self.person.password}
        self._page("POST", Action.LOGIN, "/login/", FOUND, data=credentials)
        self._page("POST", "logout", "/logout/", FOUND)
        self.client.cookiejar.clear()

    def _page(self, method: str, name: str, path: str, expected: int, **body: Any) -> None:
        cookies = {cookie.name: cookie.value for cookie in self.client.cookiejar}
        headers = {
            "Host": self.person.host,
            "Origin": f"{self.host.partition('://')[0]}://{self.person.host}",
            "X-CSRFToken": cookies.get("csrftoken", ""),
        }
        self._ask(method, name, path, expected, headers=headers, allow_redirects=False, **body)

    def _mint_token(self) -> None:
        expires = datetime.now(UTC) + TOKEN_LASTS
        body = {"name": f"{RUN} {next(self.made)}", "expires_at": expires.isoformat()}
        self._api("POST", Action.LOGIN, "tokens/", CREATED, json=body)

    def _list(self) -> list[dict[str, Any]]:
        page = self._api("GET", Action.LIST, "blueprints/?page_size=25")
        found: list[dict[str, Any]] = page["results"] if page else []
        return found

    def _detail(self) -> None:
        self._api("GET", Action.DETAIL, f"blueprints/{self._some()['id']}/")

    def _code(self) -> None:
        path = f"blueprints/{self._some()['id']}/versions/1/code?target=terraform"
        self._api("GET", Action.CODE, path)

    def _create(self) -> None:
        body = {
            "project": self.blueprints[0]["project"],
            "name": f"{RUN} {self.number} {next(self.made)}",
            "document": DOCUMENT,
        }
        self.own = self._api("POST", Action.CREATE, "blueprints/", CREATED, json=body)

    def _update(self) -> None:
        """Describe one's own blueprint anew; nobody else changes it, so its revision is known."""
        if self.own is None:
            self._create()
        if self.own is not None:
            self.own = self._api(
                "PATCH",
                Action.UPDATE,
                f"blueprints/{self.own['id']}/",
                headers={"If-Match": f'"{self.own["revision"]}"'},
                json={"description": f"Described for the {next(self.made)}th time."},
            )

    def _some(self) -> dict[str, Any]:
        return zipf(self.blueprints, self.random)[0]

    def _api(
        self,
        method: str,
        name: str,
        path: str,
        expected: int = OK,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> dict[str, Any] | None:
        own = {"Host": self.person.host, "Authorization": f"Bearer {self.person.token}"}
        content = self._ask(
            method, name, f"/api/v1/{path}", expected, headers={**own, **(headers or {})}, **body
        )
        found: dict[str, Any] | None = None if content is None else json.loads(content)
        return found

    def _ask(self, method: str, name: str, path: str, expected: int, **rest: Any) -> bytes | None:
        """Send a request; the body of an answer with the expected status, which alone is right."""
        with self.client.request(
            method, path, name=str(name), catch_response=True, **rest
        ) as answer:
            if answer.status_code == expected:
                answer.success()
                content: bytes = answer.content
                return content
            answer.failure(f"{answer.status_code} instead of {expected}")
            return None


def _number(runner: Any) -> int:
    """A number that no other user has, of this or another process of the load generator."""
    return next(_numbers) * SCENARIO.processes + getattr(runner, "worker_index", 0)
