"""The scenarios: how many users, for how long, and what they do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Action(StrEnum):
    """What a simulated user does, one at a time."""

    LOGIN = "login"
    LIST = "list"
    DETAIL = "detail"
    CREATE = "create"
    CODE = "code"
    UPDATE = "update"


class Login(StrEnum):
    """How users sign in.

    ``PASSWORD`` is a person at the tenant's login page: hashing takes about 0.1 s of a core and
    100 MB, and a process hashes two at a time. ``TOKEN`` is a program that creates an API token
    which lasts for an hour.
    """

    PASSWORD = "password"
    TOKEN = "token"


Mix = dict[Action, int]
"""Percentages, in steps of ``STEP``."""

STEP = 5
PAGES_TO_SIGN_IN = 3
"""The form, the sign-in and the sign-out."""

BASELINE_MIX: Mix = {
    Action.LOGIN: 20,
    Action.LIST: 30,
    Action.DETAIL: 25,
    Action.CREATE: 15,
    Action.CODE: 10,
}
STRESS_MIX: Mix = {
    Action.LOGIN: 20,
    Action.LIST: 25,
    Action.DETAIL: 20,
    Action.CREATE: 15,
    Action.CODE: 10,
    Action.UPDATE: 10,
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One load test.

    Attributes:
        name: what it is called on the command line.
        users: simulated at the same time.
        spawn_rate: users that begin in each second.
        seconds: how long it lasts.
        wait: between two actions of a user, from and to, in seconds.
        mix: what they do.
        login: how they sign in.
        tenants: they belong to; every fourth is of the enterprise tier.
        blueprints: of each tenant before the test begins.
        processes: of the load generator.
        actions: after which a user stops; the test ends with its last user, if that is sooner
            and one process generates the load.
    """

    name: str
    users: int
    spawn_rate: float
    seconds: int
    wait: tuple[float, float]
    mix: Mix
    login: Login
    tenants: int
    blueprints: int = 30
    processes: int = 1
    actions: int | None = None

    @property
    def offered(self) -> float:
        """The most requests a second that the users ask for, were every answer immediate."""
        pages = PAGES_TO_SIGN_IN if self.login == Login.PASSWORD else 1
        requests = sum(
            share * (pages if action == Action.LOGIN else 1) for action, share in self.mix.items()
        )
        return self.users / (sum(self.wait) / 2) * requests / 100

    def short(self) -> Scenario:
        """The same in a quarter of a minute: whether it works, not what it can bear."""
        return replace(
            self,
            users=5,
            spawn_rate=5,
            seconds=15,
            wait=(0.1, 0.5),
            tenants=4,
            blueprints=5,
            processes=1,
        )


_ALL = (
    Scenario(
        name="baseline",
        users=100,
        spawn_rate=10,
        seconds=5 * 60,
        wait=(2, 4),
        mix=BASELINE_MIX,
        login=Login.PASSWORD,
        tenants=20,
    ),
    Scenario(
        name="stress",
        users=1_000,
        spawn_rate=50,
        seconds=10 * 60,
        wait=(0.5, 1.5),
        mix=STRESS_MIX,
        login=Login.TOKEN,
        tenants=50,
    ),
    Scenario(
        name="spike",
        users=10_000,
        spawn_rate=200,
        seconds=15 * 60,
        wait=(0.5, 1.5),
        mix=BASELINE_MIX,
        login=Login.TOKEN,
        tenants=100,
        processes=2,
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}
