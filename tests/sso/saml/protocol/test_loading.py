"""Who does not speak SAML does not pay for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

PYSAML2 = "saml2"
LIBRARIES = (PYSAML2, "signxml", "lxml", "scim2_models", "pydantic")


def _loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*(name for name in {LIBRARIES} if name in sys.modules))"
    done = subprocess.run(  # noqa: S603  # this interpreter, and code from here
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_setting_up_django_loads_none_of_the_libraries() -> None:
    assert _loaded_after("import django; django.setup()") == set()


@pytest.mark.parametrize(
    "module", ["iac_platform.urls", "iac_platform.api", "sso.saml.admin", "sso.saml.rest.views"]
)
def test_whoever_serves_requests_loads_none_of_them_either(module: str) -> None:
    """Forms, endpoints and pages stand ready; the first document loads what reads it."""
    code = f"import django; django.setup(); import {module}"
    assert _loaded_after(f"{code}; from django.contrib import admin; admin.autodiscover()") == set()


def test_neither_do_the_addresses_nor_the_login_page() -> None:
    page = (
        "from django.urls import resolve; resolve('/login/'); resolve('/sso/saml/okta/acs/'); "
        "import sso.sign_in.pages.login, sso.saml.links, sso.saml.pages.urls"
    )
    assert _loaded_after(f"import django; django.setup(); {page}") == set()


@pytest.mark.parametrize("module", ["responses", "requests", "logout", "bindings"])
def test_the_modules_load_pysaml2_only_when_it_is_used(module: str) -> None:
    assert PYSAML2 not in _loaded_after(f"import sso.saml.protocol.{module}")


def test_this_test_would_notice() -> None:
    used = "from sso.saml.protocol.messages import pysaml2; pysaml2('samlp')"
    assert PYSAML2 in _loaded_after(used)
