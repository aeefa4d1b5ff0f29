"""The rows that a user may see, by SQL that is made once for each kind of reach.

Making a query of the ORM, narrowed to what a permission reaches, takes several times as long as
PostgreSQL needs to answer it. Its text is the same for all users whose rights are of one kind, in
lists of one order: only the values differ.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from iac_platform.common.access import access_policy
from iac_platform.common.compiled_queries import CompiledQuery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iac_platform.common.access import Condition, Reach
    from iac_platform.gateway.viewsets import ResourceViewSet

M = TypeVar("M", bound=Model)

# Kinds of reach times views and orders of lists; some 20 kB each.
_MAX_QUERIES = 1024


class PermittedRows(Generic[M]):
    """What a view's permission reaches of the rows that it is always about.

    Args:
        view: the class, whose rows depend on no request.
        reach: how far the user's permission extends over its model.
    """

    def __init__(self, view: type[ResourceViewSet[M]], reach: Reach) -> None:
        self.model = view.model
        self._view, self._reach = view, reach

    def get(self, field: str, key: UUID) -> M | None:
        """The row of which a field is the key; None where there is none within reach."""
        condition, values = self._reach.condition, self._reach.values
        return kept_query(self._view, condition, len(values), field, ()).first(*values, key)

    def first(self, order: Sequence[str], count: int) -> list[M]:
        """The first rows in an order."""
        condition, values = self._reach.condition, self._reach.values
        query = kept_query(self._view, condition, len(values), "", tuple(order))
        return query.rows(*values, limit=count)


@lru_cache(maxsize=_MAX_QUERIES)
def kept_query(
    view: type[ResourceViewSet[Any]],
    condition: Condition,
    values: int,
    field: str,
    order: tuple[str, ...],
) -> CompiledQuery[Any]:
    """The query of a view for a kind of reach, kept from its first use on.

    Args:
        view: whose rows are asked for.
        condition: the kind of reach.
        values: how many it takes.
        field: what names the row that is asked for; empty for a list.
        order: of a list.
    """

    def build(*samples: UUID) -> QuerySet[Any]:
        within = condition.as_q(samples[:values])
        rows = view.rows().order_by(*order)
        if within is None:
            return rows.none()
        return rows.filter(within, **({field: samples[-1]} if field else {}))

    kinds = (UUID,) * (values + bool(field))
    return CompiledQuery(build, *kinds)


def permitted_rows(view: ResourceViewSet[M], user: Any, permission: Any) -> PermittedRows[M] | None:
    """What a permission reaches of a view's rows; None where these depend on the request."""
    if not view.rows_are_fixed:
        return None
    return PermittedRows(type(view), access_policy().reach(user, permission, view.model))
