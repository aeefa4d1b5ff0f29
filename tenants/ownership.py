"""Which models' rows belong to tenants."""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.conf import settings


def is_tenant_owned(app_label: str) -> bool:
    """Whether an app's tables live in placements and hold tenants' rows."""
    return app_label in tenant_app_labels()


@cache
def tenant_app_labels() -> frozenset[str]:
    """The labels of ``settings.TENANT_APPS``."""
    return frozenset(
        config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS
    )
