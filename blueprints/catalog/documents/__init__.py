"""The blueprint document: read it, check it, fingerprint it, compare it.

Everything here works on values alone: no database, no request, no cloud.
"""

from blueprints.catalog.clouds.regions import Cloud, clouds
from blueprints.catalog.problems import Problem

from .called import require_free_names
from .canonical import canonical, content_hash
from .carried import Version as NamedVersion
from .carried import (
    carried_versions,
    size_with_modules,
    too_many,
    versions_named,
    with_carried,
)
from .differences import Change, diff
from .errors import DocumentTooLarge, InvalidDocument, Review
from .expressions import CloudValue, Each, Expression, Join, JsonEncode, Ref, Var, parts_of
from .model import (
    Arguments,
    Backend,
    Component,
    Document,
    Existing,
    Lifecycle,
    Provider,
    Relation,
    Repeat,
    StoredSecret,
    Variable,
)
from .parsing import parse
from .published import schema
from .succession import succession_warnings
from .tags import default_tag_problems
from .validation import needed_of, review, validate

__all__ = [
    "Arguments",
    "Backend",
    "Change",
    "Cloud",
    "CloudValue",
    "Component",
    "Document",
    "DocumentTooLarge",
    "Each",
    "Existing",
    "Expression",
    "InvalidDocument",
    "Join",
    "JsonEncode",
    "Lifecycle",
    "NamedVersion",
    "Problem",
    "Provider",
    "Ref",
    "Relation",
    "Repeat",
    "Review",
    "StoredSecret",
    "Var",
    "Variable",
    "canonical",
    "carried_versions",
    "clouds",
    "content_hash",
    "default_tag_problems",
    "diff",
    "needed_of",
    "parse",
    "parts_of",
    "require_free_names",
    "review",
    "schema",
    "size_with_modules",
    "succession_warnings",
    "too_many",
    "validate",
    "versions_named",
    "with_carried",
]
