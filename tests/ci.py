"""Continuous integration is strict: nothing is missing there, and nothing records itself anew."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def in_ci() -> bool:
    """Whether the environment says so."""
    return bool(os.environ.get("CI"))


def skip_where_missing(what: str) -> NoReturn:
    """Leave a test out for want of something; continuous integration has it, or fails."""
    (pytest.fail if in_ci() else pytest.skip)(what)


def recording(variable: str) -> bool:
    """Whether a variable asks to write anew what is compared: nobody would see it in CI.

    Raises:
        RuntimeError: it does so there.
    """
    asked = bool(os.environ.get(variable))
    if asked:
        refuse_to_record()
    return asked


def refuse_to_record() -> None:
    """Refuse to write what is compared anew where nobody looks at the difference.

    Raises:
        RuntimeError: it is continuous integration.
    """
    if in_ci():
        raise RuntimeError("CI is set: record on your machine, and look at the difference.")
