from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.load.drawing import Deck, zipf
from tests.load.scenarios import SCENARIOS, STEP, Scenario

EVERY = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))


def random() -> Random:
    return Random(7)  # noqa: S311  # no secret


@EVERY
def test_a_mix_is_whole(scenario: Scenario) -> None:
    assert sum(scenario.mix.values()) == 100
    assert all(share % STEP == 0 for share in scenario.mix.values())


@EVERY
def test_a_deck_holds_the_mix_exactly_and_begins_with_one_of_each(scenario: Scenario) -> None:
    deck = Deck(scenario.mix, random())
    dealt = [deck.deal() for _ in range(3 * 100 // STEP)]
    assert Counter(dealt) == {action: 3 * share // STEP for action, share in scenario.mix.items()}
    assert set(dealt[: len(scenario.mix)]) == set(scenario.mix)


@EVERY
def test_the_same_seed_deals_the_same_and_another_does_not(scenario: Scenario) -> None:
    decks = [Deck(scenario.mix, Random(seed)) for seed in (1, 1, 2)]  # noqa: S311  # no secret
    first, again, other = ([deck.deal() for _ in range(100)] for deck in decks)
    assert first == again != other


def test_the_second_is_half_as_popular_as_the_first() -> None:
    drawn = Counter(zipf("abcd", random(), 60_000))
    for rank, one in enumerate("abcd", start=1):
        assert drawn[one] * rank == pytest.approx(drawn["a"], rel=0.1)


def test_what_users_ask_for_counts_every_page() -> None:
    baseline = SCENARIOS["baseline"]
    # 100 users act every 3 s; a fifth of that is a sign-in, which has three pages.
    assert baseline.offered == pytest.approx(100 / 3 * 1.4)
