"""Endpoints for service accounts and their tokens."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema

from iac_platform.common.access import access_policy
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.serializers import parse
from iac_platform.gateway.viewsets import Creating, Listing, Retrieving, Updating
from rbac import permissions
from rbac.models import ApiToken, User, UserKind
from rbac.rest import token_shapes
from rbac.rest.filters import ServiceAccountFilter
from rbac.rest.tokens import shown_once
from rbac.services import service_accounts, tokens

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

_ACCOUNT_ID = OpenApiParameter("account", str, OpenApiParameter.PATH, description="The account.")


class ServiceAccountViewSet(Listing[User], Retrieving[User], Creating[User], Updating[User]):
    """Programs that act in the tenant; deactivated, not deleted, as the audit names them.

    Roles are granted to them like to people.
    """

    model = User
    noun = "service account"
    action_permissions: ClassVar = {
        "list": permissions.VIEW_SERVICE_ACCOUNT,
        "retrieve": permissions.VIEW_SERVICE_ACCOUNT,
        "create": permissions.CREATE_SERVICE_ACCOUNT,
        "partial_update": permissions.UPDATE_SERVICE_ACCOUNT,
    }
    input_serializer = token_shapes.ServiceAccountInput
    output_serializer = token_shapes.ServiceAccountOutput
    filterset_class = ServiceAccountFilter
    ordering_fields = ("username", "created_at")
    ordering_columns: ClassVar = {"username": "username_key"}
    requires_if_match = True

    def objects(self) -> QuerySet[User]:
        """Service accounts with their owners and roles."""
        accounts: QuerySet[User] = User.objects.filter(kind=UserKind.SERVICE)
        return accounts.select_related("owner").prefetch_related("role_grants__role")

    def perform_create(self, data: dict[str, Any]) -> User:
        """Add the account."""
        return service_accounts.create_service_account(**data, actor=actor_of(self.request))

    @extend_schema(request=token_shapes.ServiceAccountChange)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a service account; deactivating one ends all its access."""
        del args, kwargs
        account = self.get_object_to_change()
        service_accounts.update_service_account(
            account,
            actor=actor_of(request),
            changes=parse(token_shapes.ServiceAccountChange, request),
            revision=account.revision,
        )
        return self.present(self.objects().get(pk=account.pk))


class ServiceTokenViewSet(Listing[ApiToken], Creating[ApiToken]):
    """The tokens of one service account; each is also found among all tokens."""

    model = ApiToken
    action_permissions: ClassVar = {
        "list": permissions.VIEW_SERVICE_ACCOUNT,
        "create": permissions.MINT_SERVICE_TOKEN,
    }
    input_serializer = token_shapes.TokenInput
    output_serializer = token_shapes.TokenOutput
    unreplayable = frozenset({"create"})
    # The address always names the account.
    names_object = True

    @cached_property
    def account(self) -> User:
        """The account that the address names.

        Raises:
            Http404: there is none, or the user may not see it.
        """
        accounts = User.objects.filter(kind=UserKind.SERVICE)
        seen = access_policy().permitted(
            accounts, self.request.user, permissions.VIEW_SERVICE_ACCOUNT
        )
        found: User = get_object_or_404(seen, pk=self.kwargs["account"])
        return found

    def objects(self) -> QuerySet[ApiToken]:
        """The account's tokens."""
        tokens_of_it: QuerySet[ApiToken] = self.account.api_tokens.select_related("user")
        return tokens_of_it

    def readable_object(self) -> Any:
        """The account.

        Raises:
            Http404: there is none, or the user may not see it.
        """
        return self.account

    @extend_schema(parameters=[_ACCOUNT_ID])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The tokens of a service account, newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(parameters=[_ACCOUNT_ID], responses={201: token_shapes.NewTokenOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a token that acts as the account; you must hold all that it holds."""
        del args, kwargs
        account = self.account
        token, secret = tokens.create_token(account, actor=actor_of(request), **self.parse_input())
        return shown_once(token, secret)
