"""The base of every model in the admin: closed unless declared, written by services only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect

from iac_platform.admin.forms import ServiceForm, wording
from iac_platform.common.errors import DomainError
from iac_platform.gateway.access import access_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.contrib.admin import ModelAdmin as DjangoModelAdmin
    from django.db.models import Model, QuerySet
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from iac_platform.common.permissions import Permission

    ModelAdmin = DjangoModelAdmin[Any]
else:
    # Django's ModelAdmin in another dress, published without types.
    from unfold.admin import ModelAdmin


def _filtered_by(entry: Any) -> str:
    """The field, or the query's parameter, of an entry of ``list_filter``."""
    entry = entry[0] if isinstance(entry, tuple | list) else entry
    return str(getattr(entry, "parameter_name", entry))


class PermittedAdmin(ModelAdmin):
    """Shows what the access policy permits, and leaves every change to a service.

    Attributes:
        permissions: the permission for each of ``view``, ``add``, ``change`` and
            ``delete``; a verb that is missing is refused to everybody.
        icon: its symbol in the menu, a name from Material Symbols.
        purpose: what one does with it, a line for the overview.
        view_fieldsets: what somebody sees who may not change the object.
    """

    permissions: ClassVar[Mapping[str, Permission]] = {}
    icon: ClassVar[str] = "table"
    purpose: ClassVar[str] = ""
    view_fieldsets: ClassVar[Sequence[Any]] = ()
    form = ServiceForm
    delete_confirmation_template = "platform_admin/delete.html"
    # Bulk actions would pass the services by.
    actions = None
    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True

    # --- Access ---------------------------------------------------------------------
    def may(self, request: HttpRequest, verb: str, obj: Model | None = None) -> bool:
        """Whether the user holds the declared permission, on ``obj`` if there is one."""
        permission = self.permissions.get(verb)
        return permission is not None and access_policy().allows(request.user, permission, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the model stands in the user's menu."""
        return self.may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the user may see the object, or (without one) any."""
        return self.may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user may create one."""
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the user may change the object, or (without one) any."""
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the user may delete the object, or (without one) any."""
        return self.may(request, "delete", obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The objects that the user may see."""
        permission = self.permissions.get("view")
        queryset = super().get_queryset(request)
        if permission is None:
            return queryset.none()
        return access_policy().permitted(queryset, request.user, permission)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        """Filter by what the page offers and by nothing else.

        Django lets the address filter by any field of the model, which tells a secret
        one character at a time: ``?password__startswith=``.
        """
        return any(
            lookup in (name, f"{name}_from", f"{name}_to") or lookup.startswith(f"{name}__")
            for name in map(_filtered_by, self.list_filter)
        )

    def _get_obj_does_not_exist_redirect(self, *_: Any) -> HttpResponse:
        """Answer 404, the same for what never existed and what another tenant has."""
        raise Http404

    # --- Forms ----------------------------------------------------------------------
    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form, told of the refusal that its last submission met."""
        form = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return type(form.__name__, (form,), {"refusal": refusal, "request": request})

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A field, without the links by which related objects are edited in a pop-up."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields to show, with the revision seen where the object will be changed."""
        if obj is None:
            return super().get_fieldsets(request, obj)
        if not self.has_change_permission(request, obj):
            return self.view_fieldsets or super().get_fieldsets(request, obj)
        fieldsets = list(super().get_fieldsets(request, obj))
        if "seen_revision" in getattr(self.form, "declared_fields", {}):
            fieldsets.append((None, {"fields": ["seen_revision"], "classes": ["pa-hidden"]}))
        return fieldsets

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show the form, save it, or show it again with a service's refusal.

        Raises:
            PermissionDenied: a copy is asked for where none is offered; Django would have a
                page of changes create an object.
        """
        if "_saveasnew" in request.POST and not self.save_as:
            raise PermissionDenied
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            # Its transaction is rolled back. The form, told of the refusal, is not valid
            # any more, so this shows it again with all that was typed.
            request.refusal = refusal  # type: ignore[attr-defined]  # read by get_form
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Ask, then delete; a service's refusal is told on the object's page."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as refusal:
            messages.error(request, wording(refusal))
            opts = self.model._meta
            return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", object_id)

    # --- Writing --------------------------------------------------------------------
    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> Model:  # noqa: ARG002  # for subclasses
        """Create an object by its service; for admins that declare ``add``."""
        raise PermissionDenied

    def update(self, request: HttpRequest, obj: Any, data: Mapping[str, Any]) -> Model:  # noqa: ARG002  # for subclasses
        """Change an object by its service; for admins that declare ``change``."""
        raise PermissionDenied

    def remove(self, request: HttpRequest, obj: Any) -> None:  # noqa: ARG002  # for subclasses
        """Delete an object by its service; for admins that declare ``delete``."""
        raise PermissionDenied

    def save_model(self, request: HttpRequest, obj: Any, form: Form, change: bool) -> None:
        """Save through the service."""
        data = form.cleaned_data
        saved = self.update(request, obj, data) if change else self.create(request, data)
        # Django goes on with the instance of its form: make that the one that was saved.
        obj.__dict__.update(saved.__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete through the service."""
        self.remove(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:  # noqa: ARG002  # Django's signature
        """What a deletion takes: the service knows, and refuses where it must."""
        return [str(obj) for obj in objs], {}, set(), []

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:  # noqa: ARG002  # Django's signature
        """Refuse: a bulk deletion passes the services by."""
        raise PermissionDenied


class ReadOnlyAdmin(PermittedAdmin):
    """Shows and never changes."""

    # No history where nothing is done.
    actions_detail_hide_default = True

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        """Nobody creates one here."""
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        obj: Model | None = None,  # noqa: ARG002  # likewise
    ) -> bool:
        """Nobody changes one here."""
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        obj: Model | None = None,  # noqa: ARG002  # likewise
    ) -> bool:
        """Nobody deletes one here."""
        return False
