from __future__ import annotations

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MaxConnectionsError, RedisError, ResponseError

from iac_platform.cache.breaker import Breaker, CircuitOpen


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _fail(breaker: Breaker) -> None:
    with pytest.raises(RedisConnectionError), breaker.watch():
        raise RedisConnectionError


def _runs(breaker: Breaker) -> bool:
    try:
        with breaker.watch():
            return True
    except CircuitOpen:
        return False


def test_after_a_failure_commands_fail_at_once_until_the_interval_is_over() -> None:
    clock = _Clock()
    breaker = Breaker(clock)
    assert _runs(breaker)
    _fail(breaker)
    assert not _runs(breaker)
    clock.now = 4.9
    assert not _runs(breaker)
    clock.now = 5.1
    assert _runs(breaker)
    assert _runs(breaker)


def test_after_the_interval_one_caller_tries_and_the_others_keep_failing_fast() -> None:
    clock = _Clock()
    breaker = Breaker(clock)
    _fail(breaker)
    clock.now = 5.1
    with breaker.watch():
        assert not _runs(breaker)
    assert _runs(breaker)


@pytest.mark.parametrize("error", [ResponseError, MaxConnectionsError])
def test_an_error_in_the_answer_or_a_busy_process_is_no_outage(error: type[RedisError]) -> None:
    breaker = Breaker()
    with pytest.raises(error), breaker.watch():
        raise error
    assert _runs(breaker)
