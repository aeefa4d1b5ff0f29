"""Fields of models with names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from rbac.names import MAX_KEY, key_of, normalized

if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


class NameField(_Text):
    """A name that people give: kept in NFC, so that the same is written the same."""

    def to_python(self, value: Any) -> Any:
        """The name in NFC; it takes effect where a row is cleaned, before it is saved."""
        name = super().to_python(value)
        return normalized(name) if isinstance(name, str) else name


class NameKeyField(_Text):
    """The key of another field, by which names are compared; kept in step on every save.

    The "C" collation compares code points: ``=``, ``<`` and ``>`` are leakproof, so
    row-level security lets them use an index, and a prefix is a range.
    """

    def __init__(self, *args: Any, of: str = "name", **kwargs: Any) -> None:
        self.of = of
        kwargs = {"max_length": MAX_KEY, "editable": False, "db_collation": "C", **kwargs}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """As Django's, with the field that it is the key of."""
        name, path, args, kwargs = super().deconstruct()
        if self.of != "name":
            kwargs["of"] = self.of
        return name, path, list(args), kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002  # Django's signature
        """Make the key of the name that is about to be saved."""
        key = key_of(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, key)
        return key
