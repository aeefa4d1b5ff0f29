"""The tags that a tenant wants on everything that it builds."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from blueprints.catalog.errors import DefaultTagsNotFound
from iac_platform.common.changes import WriteErrors
from rbac.querysets import PermittedQuerySet
from tenants.models import EXPORTED, RevisedModel


class DefaultTags(RevisedModel):
    """What new versions of blueprints get as tags of everything; a tenant has one row or none."""

    archive: ClassVar = EXPORTED

    tags = models.JSONField(default=dict, blank=True, help_text="Values by key.")

    objects = PermittedQuerySet.as_manager()
    resource = "default_tags"
    write_errors = WriteErrors(not_found=DefaultTagsNotFound)

    class Meta:
        db_table = "default_tags"
        verbose_name_plural = "default tags"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id"], name="default_tags_once")
        ]

    def __str__(self) -> str:
        return "Default tags"
