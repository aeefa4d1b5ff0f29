"""Clients that know what they should see: each keeps a ledger of its own projects."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from making import Account

PROJECTS = "/api/v1/projects/"
LOOPBACK = "127.0.0.1"
KEPT = 6
SLOW = 10.0
OK, CREATED, NO_CONTENT, NOT_FOUND, UNAVAILABLE, ERROR = 200, 201, 204, 404, 503, 500


@dataclass
class Report:
    """What clients saw.

    Attributes:
        statuses: by method and status, with the problem's code where there is one.
        wrong: what must not be, one line for each.
        there: by host, the names that were acknowledged and must be there in the end.
        gone: by host, the names that must not: refused, or deleted.
        seconds: how long each answer took.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    there: dict[str, set[str]] = field(default_factory=dict)
    gone: dict[str, set[str]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Take another client's figures in."""
        self.statuses += other.statuses
        self.wrong += other.wrong
        self.seconds += other.seconds
        for mine, theirs in ((self.there, other.there), (self.gone, other.gone)):
            for host, names in theirs.items():
                mine.setdefault(host, set()).update(names)

    def compare(self, rows: Mapping[str, set[str]]) -> None:
        """Compare with what the database holds in the end."""
        for host, names in rows.items():
            acknowledged, refused = self.there.get(host, set()), self.gone.get(host, set())
            self.wrong += [f"{host}: {name} was lost" for name in acknowledged - names]
            self.wrong += [f"{host}: {name} is there" for name in refused & names]
            self.wrong += [f"{host}: {name} is foreign" for name in names if f"@{host}" not in name]

    def describe(self) -> str:
        """The figures in words."""
        lines = [f"  {count:6} {status}" for status, count in sorted(self.statuses.items())]
        ordered = sorted(self.seconds) or [0.0]
        slow = sum(seconds > SLOW for seconds in ordered)
        there = sum(map(len, self.there.values()))
        lines += [
            f"half of the answers took {ordered[len(ordered) // 2] * 1000:.0f} ms at most",
            f"99 % of them {ordered[len(ordered) * 99 // 100] * 1000:.0f} ms",
            f"the longest {ordered[-1]:.1f} s; {slow} took more than {SLOW:g} s",
            f"rows acknowledged and there: {there}; wrong: {len(self.wrong)}",
            *(f"  {line}" for line in self.wrong[:50]),
        ]
        return "\n".join(lines)


class Answer(NamedTuple):
    """A response as far as the clients look."""

    status: int
    code: str
    body: Any
    etag: str


class Client:
    """Picks a tenant and a request at random, again and again."""

    def __init__(self, number: int, port: int, accounts: list[Account], seed: int) -> None:
        self.number = number
        self.accounts = accounts
        self.random = random.Random(seed * 1000 + number)  # noqa: S311  # repeatable, not secret
        self.http = HTTPConnection(LOOPBACK, port, timeout=60)
        self.projects: dict[str, dict[str, str]] = {account.host: {} for account in accounts}
        self.report = Report()
        self.fresh = 0

    def run(self, requests: int, deadline: float) -> Report:
        """Send so many requests, or stop at the deadline."""
        while self.report.statuses.total() < requests and time.monotonic() < deadline:
            account = self.random.choice(self.accounts)
            mine = self.projects[account.host]
            self.random.choice(_REQUESTS if len(mine) < KEPT else _REQUESTS_OF_MANY)(self, account)
        self.http.close()
        for host, mine in self.projects.items():
            self.report.there.setdefault(host, set()).update(mine.values())
        return self.report

    def send(
        self, account: Account, method: str, path: str, body: Any = None, **headers: str
    ) -> Answer:
        """Send one request and note its status."""
        began = time.perf_counter()
        sent = {
            "Host": account.host,
            "Authorization": f"Bearer {account.tokens[self.number]}",
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        content = None if body is None else json.dumps(body)
        try:
            self.http.request(method, path, content, sent)
            response = self.http.getresponse()
            raw = response.read()
        except (OSError, HTTPException) as error:
            self.http.close()
            self.report.wrong.append(f"{method} {path}: {error!r}")
            self.report.statuses[f"{method} none"] += 1
            return Answer(0, "", None, "")
        self.report.seconds.append(time.perf_counter() - began)
        parsed: Any = json.loads(raw) if raw else None
        code = parsed.get("code", "") if response.status >= 400 else ""  # noqa: PLR2004  # errors
        self.report.statuses[f"{method} {response.status} {code}".rstrip()] += 1
        self._look(method, path, response.status, code, response.headers.get("Retry-After"))
        return Answer(response.status, code, parsed, response.headers.get("ETag", ""))

    def _look(self, method: str, path: str, status: int, code: str, wait: str | None) -> None:
        if status >= ERROR and status != UNAVAILABLE:
            self.report.wrong.append(f"{method} {path}: {status} {code}")
        if status == UNAVAILABLE and not wait:
            self.report.wrong.append(f"{method} {path}: 503 without Retry-After")

    def expect(self, answer: Answer, account: Account, what: str, *statuses: int) -> bool:
        """Note what is neither the right answer nor 503; whether it is the right one."""
        if answer.status not in (*statuses, UNAVAILABLE, 0):
            self.report.wrong.append(f"{account.host}: {what}: {answer.status} {answer.code}")
        return answer.status in statuses

    def look(self, account: Account, key: str) -> Answer:
        """Read one project until there is an answer."""
        answer = self.send(account, "GET", f"{PROJECTS}{key}/")
        while answer.status in (0, UNAVAILABLE):
            answer = self.send(account, "GET", f"{PROJECTS}{key}/")
        return answer


def read_one(client: Client, account: Account) -> None:
    """One project that this client made."""
    mine = client.projects[account.host]
    if not mine:
        return create(client, account)
    key, name = client.random.choice(sorted(mine.items()))
    answer = client.send(account, "GET", f"{PROJECTS}{key}/")
    if client.expect(answer, account, f"{name} is missing", OK) and answer.body["name"] != name:
        client.report.wrong.append(f"{account.host}: {name} reads {answer.body['name']}")
    return None


def read_many(client: Client, account: Account) -> None:
    """A page of everybody's projects: none may be of another tenant."""
    answer = client.send(account, "GET", f"{PROJECTS}?page_size=200")
    if client.expect(answer, account, "the list", OK):
        foreign = [p["name"] for p in answer.body["results"] if f"@{account.host}" not in p["name"]]
        client.report.wrong += [f"{account.host}: foreign row {name}" for name in foreign]


def read_myself(client: Client, account: Account) -> None:
    """Who I am."""
    answer = client.send(account, "GET", "/api/v1/me/")
    client.expect(answer, account, "/me/", OK)


def read_foreign(client: Client, account: Account) -> None:
    """The id of another tenant's project, which must not be there."""
    other = client.random.choice(client.accounts)
    theirs = client.projects[other.host]
    if other is account or not theirs:
        return read_many(client, account)
    key = client.random.choice(sorted(theirs))
    client.expect(client.send(account, "GET", f"{PROJECTS}{key}/"), account, "a foreign id", 404)
    return None


def create(client: Client, account: Account) -> None:
    """A project; one that was refused must not be there in the end."""
    name = _new_name(client, account)
    answer = client.send(account, "POST", PROJECTS, {"name": name})
    if client.expect(answer, account, "POST", CREATED):
        client.projects[account.host][answer.body["id"]] = name
    elif answer.code != "outcome-unknown":
        client.report.gone.setdefault(account.host, set()).add(name)


def create_surely(client: Client, account: Account) -> None:
    """With an Idempotency-Key one repeats until it is certain."""
    name, key = _new_name(client, account), f"{client.number}-{client.fresh}"
    for _ in range(10):
        answer = client.send(account, "POST", PROJECTS, {"name": name}, Idempotency_Key=key)
        if answer.status == CREATED:
            client.projects[account.host][answer.body["id"]] = name
            return
        if answer.code == "outcome-unknown":
            return
    client.report.wrong.append(f"{account.host}: {name} could not be made: {answer.code}")


def change(client: Client, account: Account) -> None:
    """A new name; refused, it must be the old one."""
    mine = client.projects[account.host]
    if not mine:
        return create(client, account)
    key = client.random.choice(sorted(mine))
    before, name = mine[key], _new_name(client, account)
    etag = client.look(account, key).etag
    answer = client.send(account, "PATCH", f"{PROJECTS}{key}/", {"name": name}, If_Match=etag)
    if client.expect(answer, account, "PATCH", OK):
        mine[key] = name
        return None
    now = client.look(account, key).body.get("name")
    if now not in ((before, name) if answer.code == "outcome-unknown" else (before,)):
        client.report.wrong.append(f"{account.host}: {before} refused to be {name}, is {now}")
    mine[key] = now
    return None


def delete(client: Client, account: Account) -> None:
    """One project less; refused, it must be there."""
    mine = client.projects[account.host]
    if not mine:
        return create(client, account)
    key = client.random.choice(sorted(mine))
    etag = client.look(account, key).etag
    answer = client.send(account, "DELETE", f"{PROJECTS}{key}/", If_Match=etag)
    deleted = client.expect(answer, account, "DELETE", NO_CONTENT)
    if not deleted and client.look(account, key).status == NOT_FOUND:
        deleted = True
        if answer.code != "outcome-unknown":
            client.report.wrong.append(f"{account.host}: {mine[key]} refused, but deleted")
    if deleted:
        client.report.gone.setdefault(account.host, set()).add(mine.pop(key))
    return None


def _new_name(client: Client, account: Account) -> str:
    client.fresh += 1
    return f"{client.number}-{client.fresh}@{account.host}"


_READS = [read_one, read_one, read_many, read_myself, read_foreign]
_REQUESTS = [*_READS, create, create_surely, create, change, change]
_REQUESTS_OF_MANY = [*_READS, change, change, delete, delete, create_surely]
