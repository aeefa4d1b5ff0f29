"""Endpoints of grants, and of what people pass on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiResponse

from iac_platform.gateway.actions import (
    creates,
    deletes,
    present,
    present_created,
    reads,
)
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import RoleGrant
from rbac.permissions import DELEGATE_ROLE, GRANT_ROLE, VIEW_ROLE
from rbac.rest.filters import GrantFilter
from rbac.rest.role_serializers import DelegationInput, GrantInput, GrantOutput
from rbac.services.grants import delegate_role, grant_role, revoke_grant

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

_GRANT = "Grant the role; none that allows more than you may do yourself."
_DELEGATE = "Pass on a role that you hold; it ends when yours does."


def _show(view: ResourceViewSet[RoleGrant], grant: RoleGrant) -> HttpResponseBase:
    return present_created(view, grant) if grant.is_new else present(view, grant)


_ANSWERS = {
    "responses": {
        201: GrantOutput,
        200: OpenApiResponse(
            GrantOutput, "The grant that there was, within the same limits; its period is new."
        ),
    }
}


class GrantViewSet(ResourceViewSet[RoleGrant]):
    """Who has which role, for what and until when; deleting revokes."""

    queryset = RoleGrant.objects.select_related("role")
    noun = "grant"
    output_serializer = GrantOutput
    filterset_class = GrantFilter
    list, retrieve = reads(VIEW_ROLE)
    create = creates(GRANT_ROLE, grant_role, GrantInput, detail=_GRANT, show=_show, schema=_ANSWERS)
    destroy = deletes(GRANT_ROLE, revoke_grant)


class DelegationViewSet(ResourceViewSet[RoleGrant]):
    """What people have passed on to others; deleting takes it back."""

    queryset = RoleGrant.objects.select_related("role").filter(delegated_by__isnull=False)
    noun = "delegation"
    output_serializer = GrantOutput
    list, retrieve = reads(DELEGATE_ROLE)
    create = creates(
        DELEGATE_ROLE, delegate_role, DelegationInput, detail=_DELEGATE, show=_show, schema=_ANSWERS
    )
    destroy = deletes(DELEGATE_ROLE, revoke_grant)
