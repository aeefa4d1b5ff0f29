"""The blueprint document: read it, check it, fingerprint it, compare it.

Everything here works on values alone: no database, no request, no cloud.
"""

from .canonical import canonical, content_hash
from .differences import Change, diff
from .model import Component, Document, Ref, Relation, Var, Variable
from .parsing import parse
from .problems import DocumentTooLarge, InvalidDocument, Problem, Review
from .published import schema
from .regions import Cloud, clouds
from .validation import review, validate

__all__ = [
    "Change",
    "Cloud",
    "Component",
    "Document",
    "DocumentTooLarge",
    "InvalidDocument",
    "Problem",
    "Ref",
    "Relation",
    "Review",
    "Var",
    "Variable",
    "canonical",
    "clouds",
    "content_hash",
    "diff",
    "parse",
    "review",
    "schema",
    "validate",
]
