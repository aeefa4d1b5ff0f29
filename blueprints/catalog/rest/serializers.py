"""The shapes in which the catalog travels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from blueprints.catalog.documents.tags import MAX_DEFAULT_TAGS
from blueprints.catalog.models import (
    Blueprint,
    BlueprintTag,
    BlueprintVersion,
    DefaultTags,
    Project,
)
from blueprints.catalog.names import MAX_NAME, validate_prefix
from blueprints.catalog.prefixes import MAX_PREFIX, PREFIX_RULE
from blueprints.catalog.selectors import visible_blueprint, visible_project
from iac_platform.gateway.serializers import DictField, InputSerializer, Reference
from rbac.rest.references import TeamReference

if TYPE_CHECKING:
    from uuid import UUID

# What fits into an address and into PostgreSQL's integer.
MAX_NUMBER = 999_999_999
_TEAM_HELP = "Whose members reach it where their roles say `team`."
_NAME_HELP = "Unique, upper and lower case being equal."


@extend_schema_field(
    {
        "type": "object",
        "description": "A blueprint document; `/api/v1/blueprint-schema/` has its JSON Schema.",
        "additionalProperties": True,
        "required": ["cloud", "region", "components"],
    }
)
class DocumentField(serializers.Field[Any, Any, Any, Any]):
    """A blueprint document as it is; the service checks it, and says more than we could."""

    shows_value_alone = True

    def to_internal_value(self, data: Any) -> Any:
        """Pass it on."""
        return data

    def to_representation(self, value: Any) -> Any:
        """Show it as it was written."""
        return value


class WarningOutput(serializers.Serializer[Any]):
    """What the author of a document should know."""

    severity = serializers.ChoiceField(
        choices=["warning", "error"],
        help_text="`error` marks what a later release of the platform no longer accepts.",
    )
    code = serializers.CharField(help_text="Stable and machine-readable.")
    pointer = serializers.CharField(help_text="A JSON Pointer into the document.")
    detail = serializers.CharField(source="message", help_text="What there is to know.")
    fix = serializers.CharField(help_text="What to do about it; an error's detail says it.")


class ReviewedOutput(serializers.Serializer[Any]):
    """The warnings about what is shown."""

    warnings = WarningOutput(
        many=True, source="review.problems", help_text="The first 100, by today's rules."
    )
    more_warnings = serializers.IntegerField(
        source="review.more", help_text="How many there are beyond these."
    )


class ProjectOutput(serializers.ModelSerializer[Project]):
    """A project."""

    created_by = serializers.UUIDField(source="created_by_id", allow_null=True)
    team = serializers.UUIDField(source="team_id", allow_null=True)

    class Meta:
        model = Project
        fields: ClassVar = [
            "id",
            "name",
            "description",
            "team",
            "created_by",
            "revision",
            "created_at",
            "updated_at",
        ]


class ProjectInput(InputSerializer):
    """A project to start."""

    example: ClassVar = {"name": "Web shop", "description": "All that customers see."}
    name = serializers.CharField(max_length=MAX_NAME, help_text=_NAME_HELP)
    description = serializers.CharField(max_length=2000, default="", allow_blank=True)
    team = TeamReference(required=False, default=None, allow_null=True, help_text=_TEAM_HELP)


class NamedChange(InputSerializer):
    """What may be changed of a blueprint; what is left out stays."""

    example: ClassVar = {"name": "Web shop", "description": "All that customers see."}
    name = serializers.CharField(max_length=MAX_NAME, required=False, help_text=_NAME_HELP)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class ProjectChange(NamedChange):
    """What may be changed of a project; what is left out stays."""

    example: ClassVar = {"name": "Web shop", "team": None}
    team = TeamReference(required=False, allow_null=True, help_text=_TEAM_HELP)


class ProjectReference(Reference, serializers.UUIDField):
    """A project, by its id."""

    def find(self, value: UUID, reader: Any) -> Project:
        """The project, if the reader may see it."""
        return visible_project(value, user=reader)


class BlueprintReference(Reference, serializers.UUIDField):
    """A blueprint, by its id."""

    def find(self, value: UUID, reader: Any) -> Blueprint:
        """The blueprint, if the reader may see it."""
        return visible_blueprint(value, user=reader)


class BlueprintOutput(serializers.ModelSerializer[Blueprint]):
    """A blueprint; what it describes stands in its versions."""

    project = serializers.UUIDField(source="project_id")
    resource_prefix = serializers.CharField(
        source="prefix", help_text="What the names of its resources begin with; it never changes."
    )
    latest_version = serializers.IntegerField(source="latest_number")
    created_by = serializers.UUIDField(source="created_by_id", allow_null=True)

    class Meta:
        model = Blueprint
        fields: ClassVar = [
            "id",
            "project",
            "name",
            "description",
            "resource_prefix",
            "latest_version",
            "created_by",
            "revision",
            "created_at",
            "updated_at",
        ]


class BlueprintCreated(ReviewedOutput, BlueprintOutput):
    """A blueprint that was just created, with the warnings about its document."""

    class Meta(BlueprintOutput.Meta):
        fields: ClassVar = [*BlueprintOutput.Meta.fields, "warnings", "more_warnings"]


class BlueprintInput(InputSerializer):
    """A blueprint to add, with the document of its first version."""

    example: ClassVar = {
        "project": "7d2f6c1e-9b1c-4f52-8a70-3f3f4f0f2f11",
        "name": "Network",
        "document": {
            "cloud": "aws",
            "region": "eu-central-1",
            "components": [
                {"id": "main", "type": "network", "properties": {"cidr": "10.0.0.0/16"}}
            ],
        },
    }
    project = ProjectReference(help_text="The id of a project that you may see.")
    name = serializers.CharField(max_length=MAX_NAME, help_text="Unique in the project.")
    description = serializers.CharField(max_length=2000, default="", allow_blank=True)
    document = DocumentField()
    message = serializers.CharField(
        max_length=500, default="", allow_blank=True, help_text="Why it is as it is."
    )
    resource_prefix = serializers.CharField(
        max_length=MAX_PREFIX,
        required=False,
        validators=[validate_prefix],
        help_text=f"{PREFIX_RULE} It is unique in the tenant and never changes; without one, it "
        "is made from the name.",
    )


class VersionSummary(serializers.ModelSerializer[BlueprintVersion]):
    """A version, without what it says."""

    created_by = serializers.UUIDField(source="created_by_id", allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(), source="tag_names")

    class Meta:
        model = BlueprintVersion
        fields: ClassVar = [
            "number",
            "content_hash",
            "message",
            "tags",
            "created_by",
            "created_at",
        ]


class VersionOutput(ReviewedOutput, VersionSummary):
    """A version with its document, and the warnings about it."""

    blueprint = serializers.UUIDField(source="blueprint_id")
    document = DocumentField()
    default_tags = serializers.DictField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="The tenant's default tags as the version was made; null if there were none.",
    )

    class Meta(VersionSummary.Meta):
        fields: ClassVar = [
            "blueprint",
            *VersionSummary.Meta.fields,
            "document",
            "default_tags",
            "warnings",
            "more_warnings",
        ]


class VersionInput(InputSerializer):
    """A version to add."""

    example: ClassVar = {
        "message": "A wider network",
        "base_version": 1,
        "document": {
            "cloud": "aws",
            "region": "eu-central-1",
            "components": [
                {"id": "main", "type": "network", "properties": {"cidr": "10.0.0.0/12"}}
            ],
        },
    }
    document = DocumentField()
    message = serializers.CharField(
        max_length=500, default="", allow_blank=True, help_text="Why it was changed."
    )
    base_version = serializers.IntegerField(
        source="base",
        min_value=1,
        max_value=MAX_NUMBER,
        default=None,
        allow_null=True,
        help_text="The version that the document was made from: 412 if there is a later one.",
    )


class ValidationInput(InputSerializer):
    """A document to check."""

    example: ClassVar = {"document": BlueprintInput.example["document"]}
    document = DocumentField()
    blueprint = BlueprintReference(
        required=False, help_text="The id of the blueprint whose next version it would be."
    )


class ValidationOutput(ReviewedOutput):
    """A valid document's fingerprint, and the warnings about it."""

    content_hash = serializers.CharField(
        help_text="SHA-256 of its canonical form; a version that says the same has the same."
    )


class ChangeOutput(serializers.Serializer[Any]):
    """One difference between two documents."""

    kind = serializers.ChoiceField(choices=["added", "removed", "changed"])
    subject = serializers.ChoiceField(
        choices=["component", "relation", "variable", "output", "document"]
    )
    id = serializers.CharField(help_text="Of the component, variable, output or relation.")
    pointer = serializers.CharField(help_text="A JSON Pointer within the subject.")
    old = serializers.JSONField(help_text="Null if it was added.")
    new = serializers.JSONField(help_text="Null if it was removed.")


class DiffOutput(ReviewedOutput):
    """What made one version of another, and warnings about what it destroys."""

    compare_to = serializers.IntegerField(help_text="The number of the version compared with.")
    number = serializers.IntegerField(help_text="The number of the version asked about.")
    changes = ChangeOutput(many=True)


class TagOutput(serializers.ModelSerializer[BlueprintTag]):
    """A tag, and the version that it names."""

    version = serializers.IntegerField(source="version.number")

    class Meta:
        model = BlueprintTag
        fields: ClassVar = ["name", "version", "revision", "created_at", "updated_at"]


class TagInput(InputSerializer):
    """Which version a tag shall name."""

    example: ClassVar = {"version": 3}
    version = serializers.IntegerField(min_value=1, max_value=MAX_NUMBER)


class DefaultTagsOutput(serializers.ModelSerializer[DefaultTags]):
    """The tags that everything gets."""

    tags = serializers.DictField(child=serializers.CharField(), help_text="Values by key.")

    class Meta:
        model = DefaultTags
        fields: ClassVar = ["tags", "revision"]


class _Text(serializers.CharField):
    """Text; a number is not made into one."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse what is no text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class DefaultTagsInput(InputSerializer):
    """All tags that everything shall get."""

    example: ClassVar = {"tags": {"cost-center": "4711", "owner": "platform team"}}
    tags = DictField(
        child=_Text(max_length=256, allow_blank=True, trim_whitespace=False),
        max_length=MAX_DEFAULT_TAGS,
        help_text="Values by key; what AWS takes as tags.",
    )


class AttributeOutput(serializers.Serializer[Any]):
    """What a reference to a component may name."""

    name = serializers.CharField()
    type = serializers.ChoiceField(choices=["string", "number", "boolean", "list"])
    description = serializers.CharField()
    sensitive = serializers.BooleanField()


class ComponentTypeOutput(serializers.Serializer[Any]):
    """A component type with the schema of its properties."""

    name = serializers.CharField()
    title = serializers.CharField()
    category = serializers.CharField()
    description = serializers.CharField()
    schema = serializers.DictField(help_text="JSON Schema 2020-12 of `properties`.")
    attributes = AttributeOutput(many=True)
    clouds = serializers.DictField(
        child=serializers.CharField(), help_text="What it becomes on each cloud."
    )
    relations = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Component types that each type of relation may point to.",
    )


@extend_schema_serializer(many=False)
class ComponentTypePage(serializers.Serializer[Any]):
    """All component types: a list like any other, on one page."""

    next = serializers.URLField(allow_null=True, help_text="Always null.")
    previous = serializers.URLField(allow_null=True, help_text="Always null.")
    results = ComponentTypeOutput(many=True)
