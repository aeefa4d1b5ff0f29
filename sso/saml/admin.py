"""SAML configurations in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from django.contrib.admin.utils import unquote
from django.template.loader import render_to_string
from django.utils.html import format_html
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from iac_platform.admin.actions import ActingAdmin, confirmed, page
from iac_platform.admin.base import Services
from iac_platform.admin.display import WARNING, badge, joined, moment, table
from iac_platform.admin.forms import RevisedForm, ServiceForm
from iac_platform.admin.site import site
from iac_platform.common.errors import DomainError
from iac_platform.gateway.actors import actor_of
from sso.federation.addresses import base_url
from sso.federation.admin import test_page
from sso.federation.texts import DELETE_WARNING
from sso.saml.models import MAX_METADATA_CHARACTERS, Preset, SamlConfiguration
from sso.saml.models.configuration import MAX_URL
from sso.saml.permissions import (
    CREATE_SAML_CONFIGURATION,
    DELETE_SAML_CONFIGURATION,
    UPDATE_SAML_CONFIGURATION,
    VIEW_SAML_CONFIGURATION,
)
from sso.saml.protocol import keys
from sso.saml.selectors import addresses
from sso.saml.services.configurations import (
    Prepared,
    create_configuration,
    delete_configuration,
    prepare_creation,
    prepare_update,
    update_configuration,
)
from sso.saml.services.keys import rotate_key
from sso.saml.services.metadata import FILE, URL, XML, refresh_metadata, uploaded
from sso.saml.warnings import warnings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

_SIGN_ON = ("is_enabled", "allows_idp_initiated", "force_authn", "prefers_post")
_SECURITY = ("requires_signed_response", "requires_signed_assertion", "requires_encryption")
_ASKED_FOR = ("name_id_format", "authentication_contexts")
_FIELDS = ("name", "preset", *_SIGN_ON, *_SECURITY, *_ASKED_FOR, "metadata_xml", "metadata_url")
_OWN = ("guide", "own_entity_id", "login_url", "acs_url", "slo_url", "own_certificates")
_THEIRS = ("entity_id", "their_certificates", "metadata_refreshed_at", "metadata_error")
_METADATA = ("metadata_xml", "metadata_file", "metadata_url")
_OPTIONS: tuple[Any, ...] = (
    ("Sign-on", {"fields": [*_SIGN_ON, *_ASKED_FOR]}),
    ("Signing and encryption", {"fields": list(_SECURITY)}),
)


class _WithMetadata(ServiceForm):
    """How the identity provider's metadata is given; the current document is not shown."""

    metadata_xml = forms.CharField(
        required=False,
        strip=False,
        max_length=MAX_METADATA_CHARACTERS,
        label="Metadata (XML)",
        help_text="The identity provider's metadata. Leave empty to keep the current document.",
        widget=UnfoldAdminTextareaWidget({"rows": 8, "spellcheck": "false"}),
    )
    metadata_file = forms.FileField(
        required=False,
        label="Metadata (file)",
        help_text="Or as a file in UTF-8, at most 256 KiB.",
        widget=UnfoldAdminFileFieldWidget({"accept": ".xml"}),
    )
    metadata_url = forms.CharField(
        required=False,
        max_length=MAX_URL,
        label="Metadata (URL)",
        help_text="Or the https URL where the identity provider publishes it. Fetched when you "
        "save.",
        widget=UnfoldAdminTextInputWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.pop("metadata_xml", None)


class ChangeForm(_WithMetadata, RevisedForm):
    """A configuration to change."""


@admin.register(SamlConfiguration, site=site)
class SamlConfigurationAdmin(ActingAdmin):
    """The identity providers by which the tenant's people sign on."""

    permissions: ClassVar = {
        "view": VIEW_SAML_CONFIGURATION,
        "add": CREATE_SAML_CONFIGURATION,
        "change": UPDATE_SAML_CONFIGURATION,
        "delete": DELETE_SAML_CONFIGURATION,
    }
    services = Services(_FIELDS, delete=delete_configuration)
    delete_warning = DELETE_WARNING
    icon = "key"
    purpose = "The identity providers by which people sign on"
    form = ChangeForm
    add_form = _WithMetadata
    fixed_fields = ("slug",)
    list_display = (
        *("name", "slug", "preset", "is_enabled", "entity_id", "warning_badges", "updated_at"),
    )
    list_filter = ("is_enabled", "preset")
    search_fields = ("name", "slug")
    readonly_fields = (*_OWN, *_THEIRS, "warnings", "created_by", "created_at", "updated_at")
    actions_detail: ClassVar = ["test", "rotate", "refresh"]
    add_fieldsets = (
        (None, {"fields": ["name", "slug", "preset", *_METADATA]}),
        *_OPTIONS,
    )
    fieldsets = (
        (None, {"fields": ["name", "slug", "preset", "warnings"]}),
        ("Service provider", {"fields": list(_OWN)}),
        ("Identity provider", {"fields": [*_THEIRS, *_METADATA]}),
        *_OPTIONS,
        ("State", {"fields": ["created_by", "created_at", "updated_at"]}),
    )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The form; what takes seconds is done before Django begins the form's transaction."""
        if request.method == "POST":
            try:
                request.prepared = self._prepared(request, object_id)  # type: ignore[attr-defined]  # read below
            except DomainError as refusal:
                request.refusal = refusal  # type: ignore[attr-defined]  # read by get_form
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _prepared(self, request: HttpRequest, object_id: str | None) -> Prepared | None:
        """What the services need; None for whoever may not, as Django is about to say."""
        if object_id is None:
            slug = request.POST.get("slug", "")
            if not self.has_add_permission(request):
                return None
            return prepare_creation(slug, actor=actor_of(request), **_metadata_of(request))
        configuration = self.get_object(request, unquote(object_id))
        if configuration is None or not self.has_change_permission(request, configuration):
            return None
        return prepare_update(configuration, _metadata_of(request), actor=actor_of(request))

    def create(self, request: HttpRequest, data: Mapping[str, Any]) -> SamlConfiguration:
        """Create a configuration with what was prepared."""
        prepared: Prepared = request.prepared  # type: ignore[attr-defined]  # set above
        return create_configuration(
            slug=data["slug"], **self._given(data), actor=actor_of(request), prepared=prepared
        )

    def update(self, request: HttpRequest, obj: Any, data: Mapping[str, Any]) -> SamlConfiguration:
        """Change a configuration with what was prepared."""
        return update_configuration(
            obj,
            actor=actor_of(request),
            changes=self._given(data),
            revision=data["seen_revision"],
            prepared=request.prepared,  # type: ignore[attr-defined]  # set above
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Configurations with their keys, without their metadata."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("metadata_xml").prefetch_related("keys")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The configuration, with the addresses that its identity provider is given."""
        configuration = super().get_object(request, object_id, from_field)
        if configuration is not None:
            configuration.own_addresses = addresses(configuration.slug, base_url(request))
        return configuration

    @display(description="step by step")
    def guide(self, configuration: Any) -> SafeString:
        """How to set up the identity provider, with the tenant's own addresses."""
        preset = Preset(configuration.preset)
        steps = render_to_string(f"saml/guides/{preset}.html", configuration.own_addresses)
        return format_html('<div class="pa-guide">{}</div>', steps)

    @display(description="SP entity ID (audience)")
    def own_entity_id(self, configuration: Any) -> str:
        """The tenant's entity ID, which is also the URL of its metadata."""
        return str(configuration.own_addresses["entity_id"])

    @display(description="login URL")
    def login_url(self, configuration: Any) -> str:
        """Where users start to sign in."""
        return str(configuration.own_addresses["login_url"])

    @display(description="ACS URL (reply URL)")
    def acs_url(self, configuration: Any) -> str:
        """Where responses are sent."""
        return str(configuration.own_addresses["acs_url"])

    @display(description="SLO URL (single logout)")
    def slo_url(self, configuration: Any) -> str:
        """Where logout messages are sent."""
        return str(configuration.own_addresses["slo_url"])

    @display(description="SP certificates")
    def own_certificates(self, configuration: Any) -> SafeString:
        """The tenant's keys, by what admins compare."""
        rows = [(key.state, *_shown(key.certificate_pem)) for key in configuration.keys.all()]
        return table(["State", "SHA-256 fingerprint", "Expires"], rows)

    @display(description="IdP certificates")
    def their_certificates(self, configuration: Any) -> SafeString:
        """Whose signatures are trusted."""
        rows = [_shown(pem) for pem in configuration.certificates]
        return table(["SHA-256 fingerprint", "Expires"], rows, empty="No metadata yet.")

    @display(description="warnings")
    def warning_badges(self, configuration: Any) -> SafeString | str:
        """What ends soon, of which kind."""
        found = warnings_of(configuration)
        return joined(
            badge(each.code.replace("-", " "), WARNING, title=moment(each.expires_at))
            for each in found
        )

    @display(description="ends soon")
    def warnings(self, configuration: Any) -> SafeString:
        """What ends within a month, and what to do."""
        rows = [(moment(each.expires_at), each.detail) for each in warnings_of(configuration)]
        return table(["Expires", "What"], rows, empty="Nothing within 30 days.")

    @page(title="Test", verb="change", icon="science", when=lambda each: bool(each.entity_id))
    def test(self, request: HttpRequest, configuration: Any) -> HttpResponseBase:
        """Sign on for a test: nobody is signed in, and nothing is changed."""
        from sso.saml.pages.protocol import SAML  # noqa: PLC0415  # it loads lxml

        return test_page(self, request, configuration, SAML)

    @confirmed(
        title="Rotate the key",
        question="Rotate the key of {}? The first step publishes the next key in the metadata; the "
        "second signs with it. Let the identity provider read the metadata in between.",
        verb="change",
        icon="autorenew",
        atomic=False,
    )
    def rotate(self, request: HttpRequest, configuration: Any) -> str:
        """Publish the next key, or put it in use."""
        rotate_key(configuration, actor=actor_of(request))
        return f"The key of {configuration} is one step further: see its certificates."

    @confirmed(
        title="Refresh the metadata",
        question="Refresh the metadata of {}? Its certificates will be trusted from now on.",
        verb="change",
        icon="cloud_download",
        atomic=False,
        when=lambda configuration: bool(configuration.metadata_url),
    )
    def refresh(self, request: HttpRequest, configuration: Any) -> str:
        """Fetch the metadata anew."""
        refresh_metadata(configuration, actor=actor_of(request))
        return f"The metadata of {configuration} is up to date."


def _metadata_of(request: HttpRequest) -> dict[str, str]:
    """The metadata that a form gives, a file as its text."""
    xml, url = (request.POST.get(name, "").strip() for name in (XML, URL))
    file = request.FILES.get(FILE)
    return {XML: uploaded(file, xml) if file else xml, URL: url}


def _shown(pem: str) -> tuple[str, str]:
    return keys.fingerprint_of(pem), moment(keys.expiry_of(pem))
