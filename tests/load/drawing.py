"""What is drawn at random, from a seed: the same seed draws the same again."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from tests.load.scenarios import STEP

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from tests.load.scenarios import Action, Mix

T = TypeVar("T")


def zipf(ranked: Sequence[T], random: Random, count: int = 1) -> list[T]:
    """Draw some, the first most often: the one of rank n has the weight 1/n (Zipf's law)."""
    weights = list(accumulate(1 / rank for rank in range(1, len(ranked) + 1)))
    return random.choices(ranked, cum_weights=weights, k=count)


class Deck:
    """A user's actions, dealt like cards: every deck holds the mix exactly.

    The first cards are one of each action, so that a short run has them all.
    """

    def __init__(self, mix: Mix, random: Random) -> None:
        self._mix = mix
        self._random = random
        self._cards: list[Action] = []

    def deal(self) -> Action:
        """The next action."""
        if not self._cards:
            first = list(self._mix)
            rest = [action for action, share in self._mix.items() for _ in range(share // STEP - 1)]
            self._random.shuffle(first)
            self._random.shuffle(rest)
            self._cards = [*rest, *first]  # dealt from the end
        return self._cards.pop()
