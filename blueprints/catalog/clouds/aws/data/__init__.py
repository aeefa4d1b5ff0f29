"""Facts that change with AWS; ``scripts/update_aws_data.py`` renews machines and versions."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """Return the content of a file of this folder."""
    content: dict[str, Any] = json.loads(
        files(__name__).joinpath(f"{name}.json").read_text("utf-8")
    )
    return content
