"""The endpoints for a tenant's host names."""

from __future__ import annotations

from iac_platform.gateway.actions import creates, deletes, reads, runs
from iac_platform.gateway.viewsets import ResourceViewSet
from tenants.context import current_tenant
from tenants.domains.rest.filters import DomainFilter
from tenants.domains.rest.serializers import DomainInput, DomainOutput
from tenants.domains.services.checks import verify_domain
from tenants.domains.services.domains import add_domain, remove_domain
from tenants.models import Domain, Tenant
from tenants.permissions import CREATE_DOMAIN, DELETE_DOMAIN, UPDATE_DOMAIN, VIEW_DOMAIN

_CREATE = "Add a domain to the tenant. ``records`` says what to set in DNS before it is verified."
_VERIFY = "Ask DNS for the proof now; with it the domain is served. May take seconds."


def _own_tenant(_: object) -> Tenant:
    return current_tenant()


class DomainViewSet(ResourceViewSet[Domain]):
    """Host names of the tenant; the operator sees those of all tenants."""

    queryset = Domain.objects.select_related("tenant")
    output_serializer = DomainOutput
    filterset_class = DomainFilter
    ordering_fields = ("domain", "created_at")
    list, retrieve = reads(VIEW_DOMAIN)
    create = creates(CREATE_DOMAIN, add_domain, DomainInput, subject=_own_tenant, summary=_CREATE)
    verify = runs(UPDATE_DOMAIN, verify_domain, summary=_VERIFY)
    destroy = deletes(DELETE_DOMAIN, remove_domain)
