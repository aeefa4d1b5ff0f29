"""Projects."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from blueprints.catalog.errors import ProjectNotFound
from blueprints.catalog.names import MAX_NAME, validate_name, validate_text
from blueprints.catalog.querysets import NamedQuerySet
from iac_platform.common.changes import WriteErrors
from rbac.models import Team, User
from rbac.models.fields import NameField, NameKeyField
from tenants.locks import LockStage
from tenants.models import EXPORTED, RevisedModel, TenantForeignKey


class Project(RevisedModel):
    """What a team works on; every blueprint belongs to one."""

    archive: ClassVar = EXPORTED
    is_counted: ClassVar = True

    name = NameField(max_length=MAX_NAME, validators=[validate_name])
    name_key = NameKeyField()
    description = models.CharField(max_length=2000, blank=True, validators=[validate_text])
    team = TenantForeignKey(
        Team,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        help_text="Whose members reach the project where their roles say `team`.",
    )
    created_by = TenantForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = NamedQuerySet.as_manager()
    resource = "project"
    owner_path = "created_by_id"
    team_path = "team_id"
    project_path = "id"
    lock_stage = LockStage.CONTAINER
    write_errors = WriteErrors(not_found=ProjectNotFound)

    class Meta:
        db_table = "projects"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "name_key"], name="projects_name_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="projects_page_idx"),
            models.Index(fields=["tenant_id", "updated_at", "id"], name="projects_updated_idx"),
            models.Index(fields=["tenant_id", "name_key", "id"], name="projects_key_idx"),
        ]

    def __str__(self) -> str:
        return self.name
