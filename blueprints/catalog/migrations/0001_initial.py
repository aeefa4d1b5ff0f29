import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import migrations, models

from blueprints.catalog.models.fields import DocumentField
from blueprints.catalog.names import validate_text
from rbac.models.fields import NameField, NameKeyField
from rbac.names import validate_name
from tenants.context import current_tenant_id
from tenants.isolation.operations import Isolate
from tenants.models.fields import TenantForeignKey


def _tenant_model() -> list[tuple[str, "models.Field[Any, Any]"]]:
    """The fields of each ``TenantModel``."""
    return [
        (
            "id",
            models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
        ),
        ("tenant_id", models.UUIDField(default=current_tenant_id, editable=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
    ]


def _revised_model() -> list[tuple[str, "models.Field[Any, Any]"]]:
    """The fields of each ``RevisedModel``."""
    return [
        *_tenant_model(),
        ("revision", models.PositiveIntegerField(default=1, editable=False)),
        ("updated_at", models.DateTimeField(auto_now=True)),
    ]


class Migration(migrations.Migration):
    """Projects, blueprints, and their versions and tags."""

    initial = True
    dependencies: ClassVar = [("rbac", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Project",
            fields=[
                *_revised_model(),
                ("name", NameField(max_length=100, validators=[validate_name])),
                ("name_key", NameKeyField(db_collation="C", editable=False, max_length=300)),
                (
                    "description",
                    models.CharField(blank=True, max_length=2000, validators=[validate_text]),
                ),
                (
                    "team",
                    TenantForeignKey(
                        blank=True,
                        help_text="Whose members reach the project where their roles say `team`.",
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="projects",
                        to="rbac.team",
                    ),
                ),
                (
                    "created_by",
                    TenantForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "projects",
                "ordering": ["name"],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"], name="projects_page_idx"
                    ),
                    models.Index(
                        fields=["tenant_id", "updated_at", "id"], name="projects_updated_idx"
                    ),
                    models.Index(fields=["tenant_id", "name_key", "id"], name="projects_key_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "name_key"), name="projects_name_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Blueprint",
            fields=[
                *_revised_model(),
                (
                    "project",
                    TenantForeignKey(
                        on_delete=models.PROTECT, related_name="blueprints", to="catalog.project"
                    ),
                ),
                ("name", NameField(max_length=100, validators=[validate_name])),
                ("name_key", NameKeyField(db_collation="C", editable=False, max_length=300)),
                (
                    "description",
                    models.CharField(blank=True, max_length=2000, validators=[validate_text]),
                ),
                ("latest_number", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "created_by",
                    TenantForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "blueprints",
                "ordering": ["name"],
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "created_at", "id"], name="blueprints_page_idx"
                    ),
                    models.Index(
                        fields=["tenant_id", "updated_at", "id"], name="blueprints_updated_idx"
                    ),
                    models.Index(fields=["tenant_id", "name_key", "id"], name="blueprints_key_idx"),
                    models.Index(fields=["tenant_id", "name_key"], name="blueprints_name_key_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "project", "name_key"), name="blueprints_name_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BlueprintVersion",
            fields=[
                *_tenant_model(),
                (
                    "blueprint",
                    TenantForeignKey(
                        on_delete=models.CASCADE, related_name="versions", to="catalog.blueprint"
                    ),
                ),
                ("number", models.PositiveIntegerField(editable=False)),
                ("document", DocumentField(editable=False)),
                (
                    "content_hash",
                    models.CharField(
                        editable=False,
                        help_text="SHA-256 of the document's canonical form.",
                        max_length=64,
                    ),
                ),
                (
                    "size",
                    models.IntegerField(
                        default=0,
                        editable=False,
                        help_text="Bytes of the document as it is stored.",
                    ),
                ),
                (
                    "message",
                    models.CharField(
                        blank=True,
                        help_text="Why it was changed.",
                        max_length=500,
                        validators=[validate_text],
                    ),
                ),
                (
                    "created_by",
                    TenantForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "blueprint_versions",
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "blueprint", "number"),
                        name="blueprint_versions_number_unique",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BlueprintTag",
            fields=[
                *_revised_model(),
                (
                    "blueprint",
                    TenantForeignKey(
                        on_delete=models.CASCADE, related_name="tags", to="catalog.blueprint"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        max_length=63,
                        validators=[
                            RegexValidator(
                                "^(?!latest\\Z)[a-z][a-z0-9._-]{0,62}\\Z",
                                "Start with a lower-case letter, then use up to 62 lower-case letters, digits, dots, hyphens and underscores; `latest` is taken by the latest version.",
                            )
                        ],
                    ),
                ),
                (
                    "version",
                    TenantForeignKey(
                        on_delete=models.CASCADE, related_name="tags", to="catalog.blueprintversion"
                    ),
                ),
            ],
            options={
                "db_table": "blueprint_tags",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "blueprint", "name"), name="blueprint_tags_name_unique"
                    )
                ],
            },
        ),
        Isolate("catalog.Project", "catalog.Blueprint"),
        # A version is kept as it was accepted; it goes with its blueprint only.
        Isolate("catalog.BlueprintVersion", privileges=("DELETE", "INSERT", "SELECT")),
        Isolate("catalog.BlueprintTag"),
    ]
