"""Endpoints of service accounts and their tokens."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter

from iac_platform.gateway.actions import Options, creates, lists, reads, updates
from iac_platform.gateway.nested import NestedViewSet, parent_of
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import ApiToken, User, UserKind
from rbac.permissions import (
    CREATE_SERVICE_ACCOUNT,
    MINT_SERVICE_TOKEN,
    UPDATE_SERVICE_ACCOUNT,
    VIEW_SERVICE_ACCOUNT,
)
from rbac.rest.filters import ServiceAccountFilter
from rbac.rest.token_shapes import (
    ServiceAccountChange,
    ServiceAccountInput,
    ServiceAccountOutput,
    TokenInput,
    TokenOutput,
)
from rbac.rest.views.tokens import WITH_SECRET
from rbac.services.service_accounts import create_service_account, update_service_account
from rbac.services.tokens import create_token

_ACCOUNTS = User.objects.filter(kind=UserKind.SERVICE)
_ACCOUNT_ID = OpenApiParameter("account", str, OpenApiParameter.PATH, description="The account.")


_UPDATE = "Change a service account; deactivating one ends all its access."
_LIST = "The tokens of a service account, newest first."
_MINT: Options = {
    **WITH_SECRET,
    "summary": "Create a token that acts as the account; you must hold all that it holds.",
}


class ServiceAccountViewSet(ResourceViewSet[User]):
    """Programs that act in the tenant; deactivated, not deleted, as the audit names them.

    Roles are granted to them like to people.
    """

    queryset = _ACCOUNTS.select_related("owner").prefetch_related("role_grants__role")
    noun = "service account"
    output_serializer = ServiceAccountOutput
    filterset_class = ServiceAccountFilter
    ordering_fields = ("username", "created_at")
    requires_if_match = True
    list, retrieve = reads(VIEW_SERVICE_ACCOUNT)
    create = creates(CREATE_SERVICE_ACCOUNT, create_service_account, ServiceAccountInput)
    partial_update = updates(
        UPDATE_SERVICE_ACCOUNT, update_service_account, ServiceAccountChange, summary=_UPDATE
    )


class ServiceTokenViewSet(NestedViewSet[ApiToken, User]):
    """The tokens of one service account; each is also found among all tokens."""

    queryset = ApiToken.objects.select_related("user")
    parents, parent_kwarg, parent_field = _ACCOUNTS, "account", "user"
    parent_permission = VIEW_SERVICE_ACCOUNT
    path_parameters = (_ACCOUNT_ID,)
    output_serializer = TokenOutput
    list = lists(VIEW_SERVICE_ACCOUNT, summary=_LIST)
    create = creates(MINT_SERVICE_TOKEN, create_token, TokenInput, subject=parent_of, **_MINT)
