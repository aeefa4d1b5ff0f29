"""Another tenant's objects answer exactly as objects that never existed.

Generated from the URL router: a new endpoint is attacked the day it appears. Every attack has
its valid twin, in which the victim's own people succeed with the same request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.api.attacks import Attack, never_existed
from tests.api.requests import look, send
from tests.api.resources import SAMPLES, operations
from tests.sampling import FULL, ROUTE, leave_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

ADDRESSED = [operation for operation in operations() if SAMPLES[operation].address.hidden]
REFERRING = [operation for operation in operations() if SAMPLES[operation].references]
leave_out(
    "operations on another's object with conditions, from the other tier (with them in one pool)",
    2 * len(ADDRESSED),
)


def _attack(
    attack: Attack, operation: str, name: str, value: str, headers: Mapping[str, str] | None = None
) -> Any:
    """The attacker's own valid request, with one name in the address replaced."""
    side, template = attack.attacker, operation.split(" ")[1]
    known = next(each for each in ADDRESSED if each.endswith(f" {template}"))
    sample = SAMPLES.get(operation, SAMPLES[known])
    replaced = {name: value}
    response = send(side.admin, operation, sample, side.fixture, replaced=replaced, headers=headers)
    return look(response, hidden=value)


def _conditions(attack: Attack, operation: str) -> list[dict[str, str]]:
    """No condition, and every one that could tell that an object is there."""
    if not (FULL or attack.in_one_pool):
        return [{}]
    entitled = attack.victim.entitled(operation)
    tag = entitled.get(attack.victim.path(operation)).headers.get("ETag", "*")
    name = "If-None-Match" if operation.startswith("GET ") else "If-Match"
    return [{}, *({name: value} for value in (tag, "*"))]


def test_anothers_object_answers_like_one_that_never_existed(
    attack: Attack, subtests: pytest.Subtests
) -> None:
    for operation in ADDRESSED:
        for name in SAMPLES[operation].address.hidden:
            theirs = SAMPLES[operation].address.values[name](attack.victim.fixture)
            nobodys = never_existed(theirs)
            with subtests.test(operation):
                for headers in _conditions(attack, operation):
                    answer = _attack(attack, operation, name, str(theirs), headers)
                    assert answer == _attack(attack, operation, name, nobodys, headers)
                    assert answer["status"] == 404
                attack.require_twin(operation)


def test_anothers_object_cannot_be_referred_to(attack: Attack, subtests: pytest.Subtests) -> None:
    assert REFERRING or ROUTE
    for operation in REFERRING:
        sample, side = SAMPLES[operation], attack.attacker
        assert sample.body is not None
        for member in sample.references:
            answers = []
            theirs = sample.body(attack.victim.fixture)[member]
            several = isinstance(theirs, list)
            for value in (theirs[0] if several else theirs, never_existed(side.tenant.id)):
                named = [value] if several else value
                content = {**sample.body(side.fixture), member: named}
                response = send(
                    side.admin, operation, sample, side.fixture, content=content, reader=side.admin
                )
                answers.append(look(response, hidden=value))
            with subtests.test(operation, member=member):
                assert answers[0] == answers[1]
                assert answers[0]["status"] in {400, 404}
                attack.require_twin(operation)


def test_asking_without_a_body_tells_no_more(attack: Attack, subtests: pytest.Subtests) -> None:
    for operation in ADDRESSED:
        sample, template = SAMPLES[operation], operation.split(" ")[1]
        for name in sample.address.hidden:
            theirs = sample.address.values[name](attack.victim.fixture)
            for method in ("HEAD", "OPTIONS"):
                with subtests.test(f"{method} {template}"):
                    answer = _attack(attack, f"{method} {template}", name, str(theirs))
                    assert answer == _attack(
                        attack, f"{method} {template}", name, never_existed(theirs)
                    )
