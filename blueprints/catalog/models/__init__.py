"""Projects, blueprints, their versions and the tags on these."""

from blueprints.catalog.models.blueprint import (
    LATEST,
    TAG,
    TAG_IN_ADDRESS,
    Blueprint,
    BlueprintTag,
    BlueprintVersion,
)
from blueprints.catalog.models.default_tags import DefaultTags
from blueprints.catalog.models.fields import stored_size
from blueprints.catalog.models.project import Project

__all__ = [
    "LATEST",
    "TAG",
    "TAG_IN_ADDRESS",
    "Blueprint",
    "BlueprintTag",
    "BlueprintVersion",
    "DefaultTags",
    "Project",
    "stored_size",
]
