"""Workload identities in the API."""

from __future__ import annotations

from iac_platform.gateway.actions import creates, deletes, reads, updates
from iac_platform.gateway.viewsets import ResourceViewSet
from sso.workload_identity.models import WorkloadIdentity
from sso.workload_identity.permissions import (
    CREATE_WORKLOAD_IDENTITY,
    DELETE_WORKLOAD_IDENTITY,
    UPDATE_WORKLOAD_IDENTITY,
    VIEW_WORKLOAD_IDENTITY,
)
from sso.workload_identity.rest.serializers import (
    WorkloadIdentityChange,
    WorkloadIdentityInput,
    WorkloadIdentityOutput,
)
from sso.workload_identity.services.workload_identities import (
    create_workload_identity,
    delete_workload_identity,
    update_workload_identity,
)


class WorkloadIdentityViewSet(ResourceViewSet[WorkloadIdentity]):
    """Workload identities: whose tokens are exchanged for those of a service account."""

    model = WorkloadIdentity
    output_serializer = WorkloadIdentityOutput
    ordering_fields = ("created_at", "name")
    requires_if_match = True
    list, retrieve = reads(VIEW_WORKLOAD_IDENTITY)
    create = creates(CREATE_WORKLOAD_IDENTITY, create_workload_identity, WorkloadIdentityInput)
    partial_update = updates(
        UPDATE_WORKLOAD_IDENTITY,
        update_workload_identity,
        WorkloadIdentityChange,
        detail="Tokens that were issued for it are revoked when it trusts something else.",
    )
    destroy = deletes(
        DELETE_WORKLOAD_IDENTITY,
        delete_workload_identity,
        detail="Tokens that were issued for it are revoked.",
    )
