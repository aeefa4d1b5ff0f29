"""The blueprint document: read it, check it, fingerprint it, compare it.

Everything here works on values alone: no database, no request, no cloud.
"""

from .canonical import canonical, content_hash
from .differences import Change, diff
from .model import Component, Document, Ref, Relation, Var, Variable
from .parsing import parse
from .problems import DocumentTooLarge, InvalidDocument, Problem
from .published import schema
from .regions import Cloud, clouds
from .validation import validate

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
    "Var",
    "Variable",
    "canonical",
    "clouds",
    "content_hash",
    "diff",
    "parse",
    "schema",
    "validate",
]
