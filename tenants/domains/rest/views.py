"""The endpoints for a tenant's host names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action

from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.viewsets import Creating, Destroying, Listing, Retrieving
from tenants import permissions
from tenants.context import current_tenant
from tenants.domains.rest import serializers
from tenants.domains.rest.filters import DomainFilter
from tenants.domains.services import checks as domain_checks
from tenants.domains.services import domains
from tenants.models import Domain

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response


class DomainViewSet(Listing[Domain], Retrieving[Domain], Creating[Domain], Destroying[Domain]):
    """Host names of the tenant; the operator sees those of all tenants."""

    model = Domain
    action_permissions: ClassVar = {
        "list": permissions.VIEW_DOMAIN,
        "retrieve": permissions.VIEW_DOMAIN,
        "create": permissions.CREATE_DOMAIN,
        "destroy": permissions.DELETE_DOMAIN,
        "verify": permissions.UPDATE_DOMAIN,
    }
    input_serializer = serializers.DomainInput
    output_serializer = serializers.DomainOutput
    filterset_class = DomainFilter
    takes_no_body = frozenset({"verify"})
    ordering_fields = ("domain", "created_at")

    def objects(self) -> QuerySet[Domain]:
        """Domains with their tenant."""
        return Domain.objects.select_related("tenant")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add a domain to the tenant. ``records`` says what to set in DNS before it is verified."""
        return super().create(request, *args, **kwargs)

    def perform_create(self, data: dict[str, Any]) -> Domain:
        """Add the domain."""
        return domains.add_domain(current_tenant(), **data, actor=actor_of(self.request))

    def perform_destroy(self, obj: Domain) -> None:
        """Remove the domain."""
        domains.remove_domain(obj, actor=actor_of(self.request))

    @extend_schema(request=None, responses=serializers.DomainOutput)
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask DNS for the proof now; with it the domain is served. May take seconds."""
        del args, kwargs
        return self.present(domain_checks.verify_domain(self.get_object(), actor=actor_of(request)))
