"""A client that tells whether an answer was kept, and asks past what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.test.utils import CaptureQueriesContext

from iac_platform.cache.counters import RESPONSE_CACHE

if TYPE_CHECKING:
    from tests.api_client import ApiClient

PROJECTS = "/api/v1/projects/"
BLUEPRINTS = "/api/v1/blueprints/"
TYPES = "/api/v1/component-types/"
"""What all who hold any role may read, so that the cache comes to know who they are."""
DOCUMENT: dict[str, Any] = {
    "cloud": "aws",
    "region": "eu-central-1",
    "components": [{"id": "files", "type": "object_storage"}],
}


class Answer(NamedTuple):
    """An answer, and whether it was a kept one."""

    response: Any
    was_cached: bool


def hits() -> float:
    """How many answers this process has given again."""
    return _outcomes().get("hit", 0.0)


def asked() -> float:
    """How often this process has asked for a kept answer."""
    outcomes = _outcomes()
    return outcomes.get("hit", 0.0) + outcomes.get("miss", 0.0)


def _outcomes() -> dict[str, float]:
    """This counter alone: the registry would read all of them, and what the process uses."""
    samples = next(iter(RESPONSE_CACHE.collect())).samples
    return {each.labels["outcome"]: each.value for each in samples if each.name.endswith("_total")}


def read(client: ApiClient, path: str, **headers: str) -> Answer:
    """GET a path; a cached response asks the database nothing."""
    before = hits()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path, headers=headers)
    was_cached = hits() > before
    assert not (was_cached and queries.captured_queries)
    return Answer(response, was_cached)


def warm(client: ApiClient, path: str, **headers: str) -> Any:
    """Have a path's answer kept, see that it is given again, and return it."""
    first = client.get(path, headers=headers)
    assert first.status_code == 200, first.content
    again = read(client, path, **headers)
    assert again.was_cached, path
    assert again.response.getvalue() == first.getvalue()
    return again.response


def principal_left(response: Any) -> int:
    """What is left of the caller's own quota."""
    header: str = response.headers["RateLimit"]
    return int(header.split("r=")[1].split(";", maxsplit=1)[0])


def create(client: ApiClient, path: str, **data: Any) -> dict[str, Any]:
    """POST to a path and return what was made."""
    made = client.post(path, data)
    assert made.status_code == 201, made.content
    result: dict[str, Any] = made.json()
    return result
