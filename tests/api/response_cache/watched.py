"""Addresses whose responses are cached, and whether what is served is what would be made now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from tenants.models import Tier
from tests.api.fixtures import TAG
from tests.api.requests import look
from tests.api.resources import SAMPLES, operations, path_of
from tests.api.response_cache.reader import hits, read, warm
from tests.api.routes import route_of
from tests.sampling import sampled

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture
    from tests.api_client import ApiClient

in_one_tier = pytest.mark.parametrize(
    "home",
    sampled("tiers whose cached responses are all compared", Tier.values, by=lambda _: "any"),
    indirect=True,
)


def kept_operations() -> list[str]:
    """``GET template`` of every endpoint that declares that its responses are cached."""
    return [each for each in operations() if each.startswith("GET ") and _is_kept(each)]


def _is_kept(operation: str) -> bool:
    route = route_of(operation)
    return route.view.actions[route.actions["GET"]].cached is not None


def addresses(fixture: Fixture) -> list[str]:
    """Where these are, of a fixture's objects; versions also by the names that move."""
    paths = []
    for operation in kept_operations():
        sample = SAMPLES[operation]
        names = (
            ({}, {"number": "latest"}, {"number": TAG})
            if operation.endswith("{number}/")
            else ({},)
        )
        paths += [path_of(operation, sample, fixture, replaced) for replaced in names]
    return paths


class Watched:
    """An address whose answer is kept for a client.

    Attributes:
        path: the address.
        first: all that the first answer told.
        was_cached: whether the last answer that was compared was a kept one.
        was_concerned: whether anything that was tried has changed what it answers with success.
    """

    def __init__(self, client: ApiClient, path: str) -> None:
        self._client = client
        self.path = path
        self.first = look(warm(client, path))
        self.was_cached = True
        self.was_concerned = False

    def is_right(self) -> bool:
        """Whether the client is answered what would be made now.

        What is made in answering is right, and kept from then on.
        """
        answer = read(self._client, self.path)
        self.was_cached, shown = answer.was_cached, look(answer.response)
        self.was_concerned |= shown["status"] == 200 and shown != self.first
        return not answer.was_cached or _is_same(shown, _make(self._client, self.path))

    def is_as_first(self) -> bool:
        """Whether the client is answered as in the beginning, and that is kept."""
        answer = read(self._client, self.path)
        kept = answer.response if answer.was_cached else warm(self._client, self.path)
        return look(kept) == self.first


def is_right(client: ApiClient, path: str) -> bool:
    """Whether a client is answered what would be made now, be it kept or not."""
    return _is_same(look(read(client, path).response), _make(client, path))


def _make(client: ApiClient, path: str) -> dict[str, Any]:
    """What is answered when nothing is kept, nor given again: within a transaction."""
    before = hits()
    with transaction.atomic():
        made = look(client.get(path))
    assert hits() == before
    return made


def _is_same(kept: dict[str, Any], made: dict[str, Any]) -> bool:
    """Whether an answer that is kept tells what is made now; whoever keeps a list gives its tag."""
    if "ETag" in made["headers"]:
        return kept == made
    headers = {name: value for name, value in kept["headers"].items() if name != "ETag"}
    return {**kept, "headers": headers} == made
