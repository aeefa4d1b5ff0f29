"""The permissions that the release knows, where SQL can read them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class CataloguedPermission(models.Model):
    """A permission in one scope, as the apps declare it (``iac_platform.common.permissions``).

    For people and reports that read SQL: the platform itself asks the registry. The ids are
    those in ``role_permissions`` of every placement.
    """

    id = models.UUIDField(primary_key=True)
    resource = models.CharField(max_length=60)
    action = models.CharField(max_length=60)
    scope = models.CharField(max_length=10)
    description = models.CharField(max_length=200)

    class Meta:
        db_table = "permissions"
        ordering: ClassVar = ["resource", "action", "scope"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["resource", "action", "scope"], name="permissions_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource}.{self.action}:{self.scope}"
