"""The import contracts cover every app there is, and every one to come."""

from __future__ import annotations

import tomllib
from typing import Any

from django.apps import apps
from django.conf import settings


def contracts() -> dict[str, Any]:
    path = settings.BASE_DIR / "pyproject.toml"
    configured: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))["tool"]
    return dict(configured["importlinter"])


def own_apps() -> list[str]:
    """The packages of this repository that hold an app, installed here or not."""
    modules = settings.BASE_DIR.glob("*/**/apps.py")
    found = (path.parent.relative_to(settings.BASE_DIR).parts for path in modules)
    return sorted(
        ".".join(parts) for parts in found if not parts[0].startswith(".") and "tests" not in parts
    )


def test_every_app_is_in_a_container() -> None:
    found = own_apps()
    assert {"tenants", "rbac", "sso.sign_in", "blueprints.catalog"} <= set(found)
    (shape,) = (c for c in contracts()["contracts"] if c["name"].startswith("Inside every app"))
    for app in found:
        root = app.partition(".")[0]
        assert root in contracts()["root_packages"], app
        assert app in shape["containers"] or f"{root}.**" in shape["containers"], app


def test_every_installed_app_of_ours_has_its_file() -> None:
    """What is not found by its ``apps.py`` would be covered by nothing."""
    roots = contracts()["root_packages"]
    ours = {c.name for c in apps.get_app_configs() if c.name.partition(".")[0] in roots}
    assert ours <= set(own_apps())
