from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rest_framework.test import APIClient

from iac_platform.cache.configuration import caches
from iac_platform.cache.keys import CURRENT_TENANT
from iac_platform.cache.stores.local import process_store
from iac_platform.common.access import ACCESS_POLICY
from iac_platform.gateway import defaults
from iac_platform.gateway.rate_limits import RATE_LIMIT_OF
from tests.iac_platform.cache.conftest import tenant_of_the_test
from tests.iac_platform.gateway.notes import access
from tests.iac_platform.gateway.notes.models import DATABASE, Note
from tests.iac_platform.gateway.notes.views import NAMES_SERVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from pytest_django.fixtures import Settings

_NOTES = "tests.iac_platform.gateway.notes"
RATE_LIMITS = defaults.RATE_LIMITS | {
    "few": {
        "principal": {"requests": 3, "seconds": 60},
        "tenant": {"requests": 100, "seconds": 3600},
    },
    "anonymous": {"address": {"requests": 3, "seconds": 60}},
}


@pytest.fixture(autouse=True)
def _only_notes(settings: Settings) -> Iterator[None]:
    """The gateway as the platform runs it, over the notes instead of the platform's apps."""
    settings.ROOT_URLCONF = f"{_NOTES}.urls"
    settings.CSRF_FAILURE_VIEW = defaults.CSRF_FAILURE_VIEW
    settings.CONTENT_SECURITY_POLICIES = defaults.CONTENT_SECURITY_POLICIES
    settings.RATE_LIMITS = RATE_LIMITS
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.CACHES = caches(None)
    settings.MIDDLEWARE = [
        *defaults.MIDDLEWARE_BEFORE,
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        *defaults.MIDDLEWARE_AFTER,
    ]
    process_store.clear()
    NAMES_SERVED.clear()
    with (
        ACCESS_POLICY.overridden(access.NotesPolicy()),
        RATE_LIMIT_OF.overridden(access.allowance_of),
        CURRENT_TENANT.overridden(tenant_of_the_test),
    ):
        yield


@pytest.fixture
def notes(scratch: BaseDatabaseWrapper) -> Callable[..., Note]:
    """The table of notes, and what writes one into it."""
    with scratch.schema_editor() as editor:
        editor.create_model(Note)

    def write(name: str = "note", owner: str = "ann", **values: Any) -> Note:
        return Note.objects.using(DATABASE).create(name=name, owner=owner, **values)

    return write


@pytest.fixture
def api() -> Callable[[str | None], APIClient]:
    """A client for a person by name, or for nobody."""

    def client_of(name: str | None) -> APIClient:
        client = APIClient(raise_request_exception=False)
        if name is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {name}")
        return client

    return client_of
