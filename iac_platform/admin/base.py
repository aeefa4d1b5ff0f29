"""The base of every model in the admin: closed unless declared, written by services only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from iac_platform.admin.forms import ServiceForm, wording
from iac_platform.admin.lookups import LONGEST_SEARCH, offered_parameters
from iac_platform.common.access import access_policy, require_recent_authentication
from iac_platform.common.errors import DomainError
from iac_platform.gateway.actors import actor_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.contrib.admin import ModelAdmin as DjangoModelAdmin
    from django.db.models import Model, QuerySet
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from iac_platform.common.permissions import Permission

    ModelAdmin = DjangoModelAdmin[Any]
else:
    # Django's ModelAdmin in another dress, published without types.
    from unfold.admin import ModelAdmin


NOT_FILTERED = "The list cannot be narrowed to what the address asks for. Everything is shown."


class Services(NamedTuple):
    """What the forms are given to.

    Attributes:
        fields: those that a service takes by their names.
        create: takes them, and the actor.
        update: takes the object, ``changes`` of them, the ``revision`` and the actor.
        delete: takes the object and the actor.
    """

    fields: tuple[str, ...] = ()
    create: Callable[..., Model] | None = None
    update: Callable[..., Model] | None = None
    delete: Callable[..., None] | None = None


class PermittedAdmin(ModelAdmin):
    """Shows what the access policy permits, and leaves every change to a service.

    Attributes:
        permissions: the permission for each of ``view``, ``add``, ``change`` and
            ``delete``; a verb that is missing is refused to everybody.
        icon: its symbol in the menu, a name from Material Symbols.
        purpose: what one does with it, a line for the overview.
        view_fieldsets: what somebody sees who may not change the object.
        help_texts: what the page says of a field to whoever reads it there, where that is
            another audience than the model's.
        prefilled: the fields of the form for adding that an address may fill in.
        add_form: the form for adding, where that is another than the one for changing.
        fixed_fields: fields that are chosen when the object is created, and never change.
        services: what creates, updates and deletes; whatever needs more of the form than its
            ``fields`` overrides ``create``, ``update`` or ``remove``.
    """

    permissions: ClassVar[Mapping[str, Permission]] = {}
    icon: ClassVar[str] = "table"
    purpose: ClassVar[str] = ""
    view_fieldsets: ClassVar[Sequence[Any]] = ()
    help_texts: ClassVar[Mapping[str, str]] = {}
    prefilled: ClassVar[Sequence[str]] = ()
    add_form: ClassVar[type[ServiceForm] | None] = None
    fixed_fields: ClassVar[Sequence[str]] = ()
    services: ClassVar[Services] = Services()
    form = ServiceForm
    delete_confirmation_template = "platform_admin/delete.html"
    delete_warning: ClassVar[str] = ""
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

    def require_recent_authentication(self, request: HttpRequest, verb: str) -> None:
        """Go on to a page only if the user could do there what they open it for.

        Raises:
            RecentAuthenticationRequired: they must show once more who they are.
        """
        permission = self.permissions.get(verb)
        if permission is not None:
            require_recent_authentication(request.user, permission)

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
        """Filter by what the page offers, in the way that it offers it, and by nothing else."""
        return lookup in offered_parameters(self, request)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:  # noqa: ARG002  # Django's signature
        """Name objects by their key alone; Django takes any column that a relation refers to."""
        return to_field == self.opts.pk.attname

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The objects that are found; none by what is longer than any name."""
        if len(search_term) > LONGEST_SEARCH:
            return queryset.none(), False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, or word that the address asks for something that cannot be.

        Raises:
            IncorrectLookupParameters: it does; Django then shows the whole list.
            BadRequest: it does, and did so before.
        """
        try:
            lists = super().get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            if ERROR_FLAG in request.GET:
                raise BadRequest from error
            messages.error(request, NOT_FILTERED)
            raise
        lists.title = capfirst(str(self.opts.verbose_name_plural))
        return lists

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address fills in: only fields that the page declares to be ``prefilled``."""
        return {
            name: request.GET[name][:LONGEST_SEARCH]
            for name in self.prefilled
            if name in request.GET
        }

    def _get_obj_does_not_exist_redirect(self, *_: Any) -> HttpResponse:
        """Answer 404, the same for what never existed and what another tenant has."""
        raise Http404

    # --- Forms ----------------------------------------------------------------------
    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form, told of the refusal that its last submission met."""
        if obj is None and self.add_form is not None:
            kwargs["form"] = self.add_form
        if self.help_texts:
            kwargs["help_texts"] = self.help_texts
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

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What cannot be changed, of an object that is there or is about to be."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if obj is None else (*fields, *self.fixed_fields)

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
        if object_id is None and request.method != "POST":
            self.require_recent_authentication(request, "add")
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            # Its transaction is rolled back. The form, told of the refusal, is not valid
            # any more, so this shows it again with all that was typed.
            request.refusal = refusal  # type: ignore[attr-defined]  # read by get_form
            return super().changeform_view(request, object_id, form_url, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was done to an object, in the admin or elsewhere: what the audit log says.

        Raises:
            Http404: there is none, or the user may not see it.
            PermissionDenied: the user may see no such objects.
        """
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        site: Any = self.admin_site
        history = site.object_history
        if history is None or not self.has_view_permission(request, obj):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"History of {obj}",
            "object": obj,
            "history": history(obj, request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "platform_admin/history.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form, with the way to the object's history for those who may read it."""
        site: Any = self.admin_site
        readable = site.may_read_history
        context["show_history"] = readable is not None and readable(request.user)
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Ask, then delete; a service's refusal is told on the object's page."""
        self.require_recent_authentication(request, "delete")
        context = {**(extra_context or {}), "delete_warning": self.delete_warning}
        try:
            return super().delete_view(request, object_id, context)
        except DomainError as refusal:
            messages.error(request, wording(refusal))
            opts = self.model._meta
            return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", object_id)

    # --- Writing --------------------------------------------------------------------
    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> Model:
        """Create an object by its service; for admins that declare ``add``."""
        if self.services.create is None:
            raise PermissionDenied
        return self.services.create(**self._given(data), actor=actor_of(request))

    def update(self, request: HttpRequest, obj: Any, data: Mapping[str, Any]) -> Model:
        """Change an object by its service; for admins that declare ``change``."""
        if self.services.update is None:
            raise PermissionDenied
        changes, seen = self._given(data), data["seen_revision"]
        return self.services.update(obj, actor=actor_of(request), changes=changes, revision=seen)

    def remove(self, request: HttpRequest, obj: Any) -> None:
        """Delete an object by its service; for admins that declare ``delete``."""
        if self.services.delete is None:
            raise PermissionDenied
        self.services.delete(obj, actor=actor_of(request))

    def _given(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {field: data[field] for field in self.services.fields}

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
