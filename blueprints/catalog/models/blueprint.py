"""Blueprints and their versions."""

from __future__ import annotations

from dataclasses import astuple
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from blueprints.catalog import documents, large_documents, prefixes
from blueprints.catalog.errors import BlueprintNotFound, PrefixTaken, TagNotFound
from blueprints.catalog.models.fields import DocumentField
from blueprints.catalog.models.project import Project
from blueprints.catalog.names import MAX_NAME, validate_name, validate_prefix, validate_text
from blueprints.catalog.querysets import NamedQuerySet
from iac_platform.cache import cache
from iac_platform.common.changes import WriteErrors
from rbac.models import User
from rbac.models.fields import NameField, NameKeyField
from rbac.querysets import PermittedQuerySet
from tenants.locks import LockStage
from tenants.models import EXPORTED, RevisedModel, TenantForeignKey, TenantModel

# A tag is part of a URL, and must not be mistaken for a version's number or for `latest`.
TAG_IN_ADDRESS = r"[a-z][a-z0-9._-]{0,62}"
TAG = rf"^(?!latest\Z){TAG_IN_ADDRESS}\Z"
LATEST = "latest"
# Seconds: of two deployments of one release, the older one's rules may be seen for so long.
REVIEWS_KEPT = 3600


class Blueprint(RevisedModel):
    """Infrastructure described once; what it describes stands in its versions.

    Its revision changes with its name, its description and its latest version, so
    that an editor who holds an outdated one is told.
    """

    archive: ClassVar = EXPORTED
    is_counted: ClassVar = True

    project = TenantForeignKey(Project, models.PROTECT, related_name="blueprints")
    name = NameField(max_length=MAX_NAME, validators=[validate_name])
    name_key = NameKeyField()
    description = models.CharField(max_length=2000, blank=True, validators=[validate_text])
    # Null in rows of the release that knew no prefixes, which may still run beside this one.
    resource_prefix = models.CharField(  # noqa: DJ001  # unknown is not empty: many may be unknown
        max_length=prefixes.MAX_PREFIX,
        null=True,
        validators=[validate_prefix],
        help_text="What the names of its resources begin with; it never changes.",
    )
    latest_number = models.PositiveIntegerField(default=0, editable=False)
    created_by = TenantForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    # What is to be said of the first version's document; ``create_blueprint`` sets it.
    review: documents.Review

    objects = NamedQuerySet.as_manager()
    resource = "blueprint"
    owner_path = "created_by_id"
    team_path = "project__team_id"
    project_path = "project_id"
    write_errors = WriteErrors(
        not_found=BlueprintNotFound,
        also_unique={"blueprints_prefix_unique": ("resource_prefix", PrefixTaken)},
    )

    class Meta:
        db_table = "blueprints"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "project", "name_key"], name="blueprints_name_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "resource_prefix"],
                condition=models.Q(resource_prefix__isnull=False),
                name="blueprints_prefix_unique",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "created_at", "id"], name="blueprints_page_idx"),
            models.Index(fields=["tenant_id", "updated_at", "id"], name="blueprints_updated_idx"),
            models.Index(fields=["tenant_id", "name_key", "id"], name="blueprints_key_idx"),
            models.Index(fields=["tenant_id", "name_key"], name="blueprints_name_key_idx"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        """What the names of its resources begin with, whatever it is called now."""
        return self.resource_prefix or prefixes.of_identity(self.pk)


class BlueprintVersion(TenantModel):
    """A blueprint's document at one moment; it never changes.

    The application role may not UPDATE the table: the database, not this class,
    keeps a version as it was accepted.
    """

    archive: ClassVar = EXPORTED
    is_counted: ClassVar = True

    blueprint = TenantForeignKey(Blueprint, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(editable=False)
    document = DocumentField(editable=False)
    content_hash = models.CharField(
        max_length=64, editable=False, help_text="SHA-256 of the document's canonical form."
    )
    # Null is none: of versions that were made without, also by a release that knew none.
    default_tags = DocumentField(
        null=True, editable=False, help_text="The tenant's default tags as it was made."
    )
    size = models.IntegerField(
        default=0,
        editable=False,
        help_text="Bytes of the document and the default tags as they are stored.",
    )
    message = models.CharField(
        max_length=500, blank=True, validators=[validate_text], help_text="Why it was changed."
    )
    created_by = TenantForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PermittedQuerySet.as_manager()
    owner_path = "blueprint__created_by_id"
    team_path = "blueprint__project__team_id"
    project_path = "blueprint__project_id"
    lock_stage = LockStage.PART
    app_privileges = ("DELETE", "INSERT", "SELECT")

    class Meta:
        db_table = "blueprint_versions"
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "blueprint", "number"], name="blueprint_versions_number_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.blueprint} version {self.number}"

    @cached_property
    def tag_names(self) -> list[str]:
        """The tags on the version, sorted; ``selectors.versions_of`` brings them along."""
        return sorted(tag.name for tag in self.tags.all())

    @property
    def said(self) -> dict[str, Any]:
        """The document and the default tags, as versions are compared."""
        return {**self.document, "default_tags": self.default_tags or {}}

    def checked(self) -> documents.Document:
        """The document with the default tags that it was made with.

        Raises:
            InvalidDocument: a later release no longer accepts what it says.
        """
        return documents.validate(self.document, self.default_tags or {})

    @cached_property
    def review(self) -> documents.Review:
        """What is to be said of the document today: rules grow, the version does not change.

        Finding it takes longer than all else of a read, so it is kept for a while.
        """
        key = f"{settings.RELEASE}-{self.pk}"
        problems, more = cache.get_or_set("reviews", key, self._find_review, ttl=REVIEWS_KEPT)
        found = (documents.Problem(tuple(path), *rest) for path, *rest in problems)
        return documents.Review(tuple(found), more)

    def _find_review(self) -> list[Any]:
        """The review in a form that the cache keeps."""
        with large_documents.turn(self.document):
            problems, more = documents.review(self.document, self.default_tags or {})
        return [[astuple(problem) for problem in problems], more]


class BlueprintTag(RevisedModel):
    """A name for one version of a blueprint, which can move to another: ``production``."""

    archive: ClassVar = EXPORTED

    blueprint = TenantForeignKey(Blueprint, models.CASCADE, related_name="tags")
    name = models.CharField(
        max_length=63,
        validators=[
            RegexValidator(
                TAG,
                "Start with a lower-case letter, then use up to 62 lower-case letters, "
                "digits, dots, hyphens and underscores; `latest` is taken by the latest version.",
            )
        ],
    )
    version = TenantForeignKey(BlueprintVersion, models.CASCADE, related_name="tags")

    objects = PermittedQuerySet.as_manager()
    owner_path = "blueprint__created_by_id"
    team_path = "blueprint__project__team_id"
    project_path = "blueprint__project_id"
    write_errors = WriteErrors(not_found=TagNotFound)
    lock_stage = LockStage.PART

    class Meta:
        db_table = "blueprint_tags"
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "blueprint", "name"], name="blueprint_tags_name_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.blueprint}: {self.name}"
