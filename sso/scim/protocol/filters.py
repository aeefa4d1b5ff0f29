"""Filters of SCIM (RFC 7644, section 3.4.2.2) as filters of our rows.

Only attributes that have their place here are compared. Others are refused: a filter that was
half followed would find others than the client asked for.
"""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from django.db.models import Q
from scim2_models import InvalidFilterException
from scim2_models.path import (
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from rbac.names import key_of
from sso.scim.models import ScimMember

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet
    from scim2_models.path import AttrPath, FilterNode

MAX_FILTER: Final = 1_000
MAX_BRACKETS: Final = 20
# Keys, in whatever case, at which the library parses a filter or a path, or several of them.
_PARSED: Final = frozenset({"filter", "path"})
_LISTS: Final = frozenset({"attributes", "excludedattributes"})
_CORE: Final = "urn:ietf:params:scim:schemas:core:2.0:"
_ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_NOTHING: Final = Q(pk__in=[])
_TEXT: Final = {
    CompareOperator.eq: "exact",
    CompareOperator.co: "contains",
    CompareOperator.sw: "startswith",
    CompareOperator.ew: "endswith",
}
_ORDER: Final = {
    CompareOperator.eq: "exact",
    CompareOperator.gt: "gt",
    CompareOperator.ge: "gte",
    CompareOperator.lt: "lt",
    CompareOperator.le: "lte",
}
_EQUAL: Final = {CompareOperator.eq: "exact"}


def _refused(detail: str) -> InvalidFilterException:
    return InvalidFilterException(detail=detail)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _refused(f"{value!r} is compared with a text. Write it in quotation marks.")
    if "\x00" in value or not _is_unicode(value):
        raise _refused("A text has a character that no name can have.")
    return value


def _is_unicode(text: str) -> bool:
    """Whether no half of a surrogate pair is in it, which JSON can write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _boolean(value: Any) -> bool:
    named = {"true": True, "false": False}.get(str(value).lower())
    if named is None:
        raise _refused(f"{value!r} is neither true nor false.")
    return named


def _moment(value: Any) -> datetime:
    try:
        return datetime.fromisoformat(_text(value))
    except ValueError as error:
        raise _refused(f"{value!r} is no time. Write it as 2026-01-31T00:00:00Z.") from error


def _id(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


class Column(NamedTuple):
    """Where an attribute stands.

    Attributes:
        lookup: the field, as Django calls it.
        read: what a value of a filter is compared as.
        operators: the comparisons that make sense, each with Django's name of it.
        prefix: of these names: ``i`` where upper and lower case are equal.
    """

    lookup: str
    read: Callable[[Any], Any] = _text
    operators: Mapping[CompareOperator, str] = _TEXT
    prefix: str = ""

    def compare(self, operator: CompareOperator, value: Any) -> Q:
        """The rows of which it is so.

        Raises:
            InvalidFilterException: the comparison makes no sense here.
        """
        name = self.operators.get(operator)
        if name is None:
            raise _refused(f"{operator.value} cannot be asked of this attribute.")
        found = self.read(value)
        return _NOTHING if found is None else Q(**{f"{self.lookup}__{self.prefix}{name}": found})

    def present(self) -> Q:
        """The rows that have a value."""
        missing = Q(**{f"{self.lookup}__isnull": True})
        return ~(missing | Q(**{self.lookup: ""})) if self.read is _text else ~missing


def _addresses(value: Any) -> list[dict[str, str]]:
    return [{"value": _text(value)}]


_CONTAINS: Final = {CompareOperator.eq: "contains"}


def _written(*path: str) -> Column:
    """An attribute among those that are kept as the client wrote them."""
    return Column("__".join(("attributes", *path)), prefix="i")


class _Members(Column):
    """Who is in a group; a join would find the group once for each of them."""

    def present(self) -> Q:
        """The groups that somebody is in."""
        return Q(pk__in=ScimMember.objects.values("group"))


def _groups_of(value: Any) -> QuerySet[Any, Any] | None:
    user_id = _id(value)
    return None if user_id is None else ScimMember.objects.filter(user=user_id).values("group")


_MEMBERS: Final = _Members("pk", _groups_of, {CompareOperator.eq: "in"})
_COMMON: Final = {
    "id": Column("pk", _id, _EQUAL),
    "externalid": Column("external_id"),
    "meta.created": Column("created_at", _moment, _ORDER),
    "meta.lastmodified": Column("updated_at", _moment, _ORDER),
}
OF_USERS: Final[Mapping[str, Column]] = {
    **_COMMON,
    "username": Column("user_name_key", lambda value: key_of(_text(value))),
    "active": Column("identity__user__is_active", _boolean, _EQUAL),
    "displayname": _written("displayName"),
    "nickname": _written("nickName"),
    "title": _written("title"),
    "usertype": _written("userType"),
    "name.familyname": _written("name", "familyName"),
    "name.givenname": _written("name", "givenName"),
    "name.formatted": _written("name", "formatted"),
    "emails": Column("attributes__emails", _addresses, _CONTAINS),
    "emails.value": Column("attributes__emails", _addresses, _CONTAINS),
    f"{_ENTERPRISE.lower()}:employeenumber": _written(_ENTERPRISE, "employeeNumber"),
    f"{_ENTERPRISE.lower()}:department": _written(_ENTERPRISE, "department"),
}
OF_GROUPS: Final[Mapping[str, Column]] = {
    **_COMMON,
    "displayname": Column("display_name_key", lambda value: key_of(_text(value))),
    "members": _MEMBERS,
    "members.value": _MEMBERS,
}


class RowFilter(FilterVisitor[Q]):
    """A filter's tree as a condition on rows."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns = columns

    def visit_comparison(self, node: Comparison) -> Q:
        """One attribute and one value; of several values, whether one is equal."""
        column = self._column(str(node.attr_path))
        if node.value is None:
            found = ~column.present()
            return ~found if node.op is CompareOperator.ne else found
        if node.op is CompareOperator.ne:
            return ~column.compare(CompareOperator.eq, node.value)
        return column.compare(node.op, node.value)

    def visit_present(self, node: Present) -> Q:
        """Whether there is a value."""
        return self._column(str(node.attr_path)).present()

    def visit_not(self, node: Not) -> Q:
        """All others."""
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        """All of them, or one."""
        join = and_ if node.op is LogicalOperator.and_ else or_
        return reduce(join, [self.visit(term) for term in node.terms])

    def visit_value_path(self, node: ValuePath) -> Q:
        """An entry of a list of which several things are so at once."""
        attribute, wanted = str(node.attr_path).lower(), _equals(node.val_filter)
        if attribute == "members" and wanted.keys() == {"value"}:
            return self._column("members").compare(CompareOperator.eq, wanted["value"])
        if attribute != "emails" or "emails" not in self.columns:
            raise _refused(f"Entries of {node.attr_path} cannot be searched.")
        return Q(attributes__emails__contains=[wanted])

    def _column(self, path: str) -> Column:
        name = path.lower()
        if name.startswith(_CORE.lower()):
            name = name.removeprefix(_CORE.lower()).partition(":")[2]
        column = self.columns.get(name)
        if column is None:
            raise _refused(f"{path} cannot be searched.")
        return column


def _equals(node: FilterNode) -> dict[str, Any]:
    """What stands between brackets, where it says only what is equal to what."""
    is_conjunction = isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_
    terms = node.terms if isinstance(node, LogicalExpr) and is_conjunction else (node,)
    found = [each for each in terms if isinstance(each, Comparison)]
    if len(found) < len(terms) or any(each.op is not CompareOperator.eq for each in found):
        raise _refused("Between brackets, only eq and and can be used.")
    return {_sub_attribute(each.attr_path): _plain(each.value) for each in found}


def _plain(value: Any) -> Any:
    """A value between brackets: a text that names can have, or a boolean."""
    return value if isinstance(value, bool) else _text(value)


def _sub_attribute(path: AttrPath) -> str:
    return str(path.attr).lower()


def require_bounded(sent: object, name: str = "") -> None:
    """Refuse filters and paths that would cost more to parse than any that a provider sends.

    In values of PATCH, keys are paths as well.

    Args:
        sent: parameters of a query, or what a body says.
        name: the key at which it was sent.

    Raises:
        InvalidFilterException: one is too long, or nested too deep.
    """
    if isinstance(sent, dict):
        for key, value in sent.items():
            _require_bounded_text(key)
            require_bounded(value, key.lower())
    elif isinstance(sent, list):
        for each in sent:
            require_bounded(each, name)
    elif isinstance(sent, str) and name in _PARSED:
        _require_bounded_text(sent)
    elif isinstance(sent, str) and name in _LISTS:
        for each in sent.split(","):
            _require_bounded_text(each)


def _require_bounded_text(text: str) -> None:
    if len(text) > MAX_FILTER or text.count("(") + text.count("[") > MAX_BRACKETS:
        raise _refused(
            f"A filter or path has at most {MAX_FILTER:,} characters and {MAX_BRACKETS} brackets."
        )
