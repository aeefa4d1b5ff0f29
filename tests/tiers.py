"""For tests of ``rivals`` in which it does not matter who the victim is."""

import pytest

# One attacker in each tier; without it a test meets a victim in the attacker's own pool too.
an_attacker_in_each_tier = pytest.mark.parametrize(
    "rivals",
    [("acme", "umbrella"), ("umbrella", "acme")],
    ids=["standard", "enterprise"],
    indirect=True,
)
