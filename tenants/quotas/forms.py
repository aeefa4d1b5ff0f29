"""Limits as people type them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms

from tenants.quotas.display import UNLIMITED, amount
from tenants.quotas.registry import declared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tenants.quotas.registry import Quota

_PREFIX = "limit_"
_NUMBER = re.compile(r"(\d{1,16}) ?(KiB|MiB|GiB|TiB)?", re.IGNORECASE)
_FACTORS = {"": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3, "tib": 1024**4}


class LimitField(forms.CharField):
    """A whole number, ``unlimited``, or nothing at all; bytes also as ``10 GiB``."""

    def __init__(self, quota: Quota, **options: Any) -> None:
        super().__init__(required=False, max_length=24, **options)
        self.units = _FACTORS if quota.unit == "bytes" else {"": 1}

    def clean(self, value: Any) -> int | str | None:
        """The number, None for unlimited, or the empty text for nothing."""
        text = str(super().clean(value))
        if text in ("", UNLIMITED):
            return None if text else ""
        found = _NUMBER.fullmatch(text)
        factor = self.units.get((found[2] or "").lower()) if found else None
        if found is None or factor is None:
            sizes = ", a size such as “10 GiB”" if len(self.units) > 1 else ""
            raise forms.ValidationError(
                f"Write a whole number{sizes}, or “{UNLIMITED}”; or leave it empty."
            )
        return int(found[1]) * factor


def limit_fields(
    current: Mapping[str, int | None], otherwise: Callable[[Quota], int | None]
) -> dict[str, forms.Field]:
    """A field for each quota.

    Args:
        current: the limits as they are.
        otherwise: which limit holds where the field is left empty.
    """
    return {
        f"{_PREFIX}{quota.name}": LimitField(
            quota,
            label=quota.title,
            initial=_typed(current[quota.name]) if quota.name in current else "",
            help_text=f"Empty: {amount(quota, otherwise(quota))}.",
        )
        for quota in declared()
    }


def limits_in(data: Mapping[str, Any]) -> dict[str, int | None]:
    """The limits that were filled in."""
    return {
        name.removeprefix(_PREFIX): value
        for name, value in data.items()
        if name.startswith(_PREFIX) and value != ""
    }


def _typed(limit: int | None) -> str:
    return UNLIMITED if limit is None else str(limit)
