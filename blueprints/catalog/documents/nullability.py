"""What may be null, and whether its place takes null: as if nothing were given there.

Terraform reads null as an argument that is not given. Anywhere else it breaks the plan (in a
list, a text, a lookup, an object whose attribute is asked for), or decides what nobody meant: a
provider without a region takes that of whoever deploys. So only places that say so
(``x-nullable``) take it.
https://developer.hashicorp.com/terraform/language/expressions/types#types
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.problems import quoted

if TYPE_CHECKING:
    from .model import Variable
    from .reading import Use
    from .value_types import ValueType

_NOT_NULLABLE = 'remove "nullable", and give the variable a default if it need not be given.'


def takes_null(use: Use) -> bool:
    """Whether null says something in this place."""
    return bool(use.schema.get("x-nullable"))


def variable_reason(use: Use, variable: Variable, path: tuple[str, ...]) -> str | None:
    """Return why a variable, or a path into it, may be null where it must not; None if not."""
    shown = f"Variable {quoted('.'.join((variable.name, *path)))}"
    if variable.nullable and path:
        return f"{shown} lies in what may be null: {_NOT_NULLABLE}"
    if variable.nullable and not takes_null(use):
        return f"{shown} may be null, which has no meaning here: {_NOT_NULLABLE}"
    return attribute_reason(use, shown, variable.value_type, path)


def attribute_reason(use: Use, shown: str, whole: ValueType, path: tuple[str, ...]) -> str | None:
    """Return why an attribute may be null where it must not; None if not.

    Args:
        use: the place.
        shown: the expression in words.
        whole: the type of what the path leads into, which is not null itself.
        path: of attributes of that type.
    """
    for length, name in enumerate(path, start=1):
        found = whole.at(path[:length])
        if found is None or not found.optional or (length == len(path) and takes_null(use)):
            continue
        return f'{shown} may be null: remove "optional" of {quoted(name)}, or name another value.'
    return None
