"""What is sent to the platform: each kind of request alone, and mixes of all tenants'."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callers import Caller

# A request with a cookie is never answered from the cache.
_PAST_THE_CACHE = "bench=1"
_DRAWN = 20_000
_WRITES = 0.05


def platform_loads(callers: list[Caller]) -> dict[str, list[str]]:
    """The requests of each load, as ``mix.lua`` reads them; creates come last, as they add rows."""
    one = callers[0]
    address = f"/api/v1/blueprints/{one.blueprints[0]}/"
    alone = {
        "list of 25": "/api/v1/blueprints/?page_size=25",
        "detail": address,
        "version": f"{address}versions/1/",
        "code": f"{address}versions/1/code",
    }
    loads = {f"{name}, cached": [_get(one, path)] for name, path in alone.items()}
    loads |= {name: [_get(one, path, _PAST_THE_CACHE)] for name, path in alone.items()}
    loads["all tenants, Zipf"] = _mix(callers, writes=0)
    loads[f"all tenants, Zipf, {_WRITES:.0%} creates"] = _mix(callers, writes=_WRITES)
    loads["create"] = [_create(one)]
    return loads


def reads_past_the_cache(callers: list[Caller]) -> list[str]:
    """A list and a blueprint of each caller in turn, made anew."""
    paths = ("/api/v1/blueprints/?page_size=25", "/api/v1/blueprints/{}/")
    return [
        _get(caller, path.format(caller.blueprints[0]), _PAST_THE_CACHE)
        for path in paths
        for caller in callers
    ]


def _mix(callers: list[Caller], *, writes: float) -> list[str]:
    """Requests of many tenants, of which the first are asked much more often (Zipf, s = 1)."""
    draw = random.Random(7)  # noqa: S311  # the same load in every run
    weights = [1 / (rank + 1) for rank in range(len(callers))]
    return [
        _create(caller) if draw.random() < writes else _read(draw, caller)
        for caller in draw.choices(callers, weights, k=_DRAWN)
    ]


def _read(draw: random.Random, caller: Caller) -> str:
    weights = [1 / (rank + 1) for rank in range(len(caller.blueprints))]
    address = f"/api/v1/blueprints/{draw.choices(caller.blueprints, weights)[0]}/"
    paths = ["/api/v1/blueprints/?page_size=25", address, f"{address}versions/1/code"]
    return _get(caller, draw.choices(paths, [35, 45, 20])[0])


def _get(caller: Caller, path: str, cookie: str = "-") -> str:
    return f"GET {caller.host} Bearer {caller.token} {cookie} {path}"


def _create(caller: Caller) -> str:
    body = new_blueprint(caller.project)
    return f"POST {caller.host} Bearer {caller.token} - /api/v1/blueprints/ {body}"


def new_blueprint(project: str) -> str:
    """The body of a create; ``mix.lua`` puts a number for the ``@``."""
    document = {"cloud": "aws", "region": "eu-central-1", "components": []}
    return json.dumps({"name": "Of the benchmark @", "project": project, "document": document})
