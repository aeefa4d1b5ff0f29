"""What one run is to do, handed to the processes that take part in it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.load.scenarios import Action, Login, Scenario

VARIABLE = "LOAD_PLAN"
"""Names the file with the plan, for locust."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario, who takes part in it, and what everything is drawn from.

    Attributes:
        scenario: what is done.
        seed: of all that is drawn.
        people: the file of accounts.
    """

    scenario: Scenario
    seed: int
    people: Path

    def save(self, path: Path) -> None:
        """Write it to a file."""
        path.write_text(json.dumps({**asdict(self), "people": str(self.people)}, indent=2))

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read it from a file."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(scenario_from(content["scenario"]), content["seed"], Path(content["people"]))

    @classmethod
    def of_this_process(cls) -> Plan:
        """The plan that the environment names."""
        return cls.load(Path(os.environ[VARIABLE]))


def scenario_from(content: dict[str, Any]) -> Scenario:
    """A scenario as JSON has it."""
    return Scenario(
        **{
            **content,
            "wait": tuple(content["wait"]),
            "mix": {Action(name): share for name, share in content["mix"].items()},
            "login": Login(content["login"]),
        }
    )
