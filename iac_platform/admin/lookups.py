"""What the address of a list may ask for: the filters that its page declares, and no others.

Django lets a filtered relation be followed into any column of the other table, which tells a
secret one character at a time: ``?project__created_by__password__startswith=``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import FieldListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.admin import ModelAdmin
    from django.http import HttpRequest

# No name is longer than 255 characters, and each word is one more condition of the query.
LONGEST_SEARCH = 200


def offered_parameters(model_admin: ModelAdmin[Any], request: HttpRequest) -> frozenset[str]:
    """The parameters that the filters of a list read, by their exact names.

    They are kept at the request: some filters ask the database for their choices.
    """
    known: dict[type, frozenset[str]] = getattr(request, "offered_parameters", {})
    if model_admin.model not in known:
        entries = model_admin.get_list_filter(request)
        found = (_expected(entry, model_admin, request) for entry in entries)
        known[model_admin.model] = frozenset(name for names in found for name in names)
        request.offered_parameters = known  # type: ignore[attr-defined]  # read above
    return known[model_admin.model]


def _expected(entry: Any, model_admin: ModelAdmin[Any], request: HttpRequest) -> Iterable[str]:
    """What one entry of ``list_filter`` reads; Django takes a name, a pair or a class."""
    if callable(entry):
        return [str(entry.parameter_name)]
    name, make = entry if isinstance(entry, tuple | list) else (entry, FieldListFilter.create)
    field = get_fields_from_path(model_admin.model, name)[-1]
    spec = make(field, request, {}, model_admin.model, model_admin, field_path=name)
    return [str(each) for each in spec.expected_parameters() if each]


class DeclaredAutocomplete(AutocompleteJsonView):
    """Completes the fields that a page declares to be completed, for whoever may fill them in.

    Django completes every relation of every model, for whoever may see what it leads to.
    """

    def process_request(self, request: HttpRequest) -> Any:
        """As Django does.

        Raises:
            PermissionDenied: no form that the user may open completes this field.
        """
        term, found, field, to_field = super().process_request(request)
        site: Any = self.admin_site
        if not site.is_registered(field.model):
            raise PermissionDenied
        source = site.get_model_admin(field.model)
        fills_in = source.has_add_permission(request) or source.has_change_permission(request)
        if not fills_in or field.name not in source.get_autocomplete_fields(request):
            raise PermissionDenied
        return term, found, field, to_field
