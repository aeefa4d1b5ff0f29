"""What apps register with those below them: once, or nothing goes on without it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from iac_platform.common import hooks
from iac_platform.common.hooks import Hook, Hooks, hooks_are_implemented
from tests.services import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _declares_only_for_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_declared", list(hooks._declared))  # noqa: SLF001  # to put it back


def greet() -> str:
    return "hello"


def test_the_one_implementation_is_used() -> None:
    hook: Hook[Callable[[], str]] = Hook("greeting")
    hook.register(greet)
    assert hook.get()() == "hello"


def test_without_an_implementation_nothing_goes_on() -> None:
    hook: Hook[Callable[[], str]] = Hook("greeting")
    with pytest.raises(ImproperlyConfigured, match="No app registers the greeting"):
        hook.get()
    (error,) = hooks_are_implemented()
    assert (error.id, error.msg) == ("hooks.E001", "No app registers the greeting implementation.")


def test_a_second_implementation_is_refused_and_the_first_stays() -> None:
    hook: Hook[Callable[[], str]] = Hook("greeting")
    hook.register(greet)
    with pytest.raises(ImproperlyConfigured, match="registered twice"):
        hook.register(lambda: "goodbye")
    assert hook.get()() == "hello"


def test_of_many_the_required_ones_must_be_there() -> None:
    many: Hooks[Callable[[], str]] = Hooks("greeting", required=("english",))
    many.register("german", lambda: "hallo")
    with pytest.raises(ImproperlyConfigured, match="No app registers the greeting english"):
        many.all()
    many.register("english", greet)
    assert list(many.all()) == ["german", "english"]
    assert many.get("french") is None
    assert hooks_are_implemented() == []


def test_the_platform_implements_all_that_it_declares() -> None:
    assert [hook.name for hook in hooks._declared if hook.missing()] == []  # noqa: SLF001  # all there are
    assert [error for error in run_checks() if error.id == "hooks.E001"] == []


@pytest.mark.parametrize(
    "declared",
    [pytest.param(hook, id=hook.name) for hook in hooks._declared if hook._required],  # noqa: SLF001  # likewise
)
def test_the_check_finds_each_that_an_app_forgets(declared: Hooks[Any]) -> None:
    with declared.overridden({}):
        errors = {error.msg for error in run_checks() if error.id == "hooks.E001"}
    assert errors
    assert all(error.startswith(f"No app registers the {declared.name} ") for error in errors)


WITHOUT_RBAC = """
from rbac.apps import RbacConfig

RbacConfig.ready = lambda self: None
"""
# Declared by modules that nobody else imports.
UNIMPORTED = "No app registers the adopter of imported audit logs implementation."


def test_a_server_without_an_app_s_registrations_does_not_start() -> None:
    """One readable error names all that is missing, whether its module was imported or not."""
    ended = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", f"{WITHOUT_RBAC}\nimport iac_platform.wsgi"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    *_, error = ended.stderr.strip().splitlines()
    assert ended.returncode == 1
    assert error.startswith("django.core.exceptions.ImproperlyConfigured: No app registers the ")
    assert UNIMPORTED in error
    assert "No app registers the access policy implementation." in error


def test_the_check_names_them_as_well() -> None:
    command = f"{WITHOUT_RBAC}\nfrom iac_platform.command_line import main; main(['', 'check'])"
    ended = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", command], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert f"(hooks.E001) {UNIMPORTED}" in ended.stderr
