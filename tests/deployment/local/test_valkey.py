from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import redis

from deployment.local import ports, valkey
from tests.ci import skip_where_missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCES = {"system": valkey.system, "embedded": valkey.embedded}


@pytest.fixture(params=SOURCES)
def executable(request: pytest.FixtureRequest) -> Path:
    found = SOURCES[request.param]()
    if found is None:
        skip_where_missing(f"no {request.param} Valkey or Redis")
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    valkey.stop(tmp_path)


def test_it_answers_in_every_numbered_database(folder: Path, executable: Path) -> None:
    server = valkey.start(folder, executable=executable, databases=20)

    with redis.Redis.from_url(server.url(19)) as client:
        assert client.set("key", "value")
        assert client.get("key") == b"value"


def test_without_the_password_it_answers_nothing(folder: Path) -> None:
    server = valkey.start(folder)

    assert ports.exchange(server.port, b"DBSIZE\r\n").startswith(b"-NOAUTH")
    with redis.Redis.from_url(server.url()) as client:
        assert client.dbsize() == 0
    assert (folder / "valkey.conf").stat().st_mode & 0o777 == 0o600


def test_it_keeps_its_port_and_password_over_a_restart(folder: Path) -> None:
    first = valkey.start(folder)
    assert valkey.start(folder) == first
    assert valkey.stop(folder)
    assert not valkey.stop(folder)

    assert valkey.start(folder).url() == first.url()
