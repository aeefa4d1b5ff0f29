"""Endpoints of API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from iac_platform.gateway.actions import Options, creates, current_user, deletes, reads, runs
from iac_platform.gateway.serializers import present_once
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import ApiToken
from rbac.permissions import CREATE_TOKEN, DELETE_TOKEN, ROTATE_TOKEN, VIEW_TOKEN
from rbac.rest.filters import TokenFilter
from rbac.rest.token_shapes import NewTokenOutput, RotationInput, TokenInput, TokenOutput
from rbac.services.tokens import create_token, revoke_token, rotate_token

if TYPE_CHECKING:
    from rest_framework.response import Response


def _show_secret(_: object, made: tuple[ApiToken, str]) -> Response:
    """A new token with its secret, for the only time."""
    token, secret = made
    shown = {**TokenOutput(token).data, "token": secret}
    return present_once(shown, 201, location=reverse("token-detail", args=[token.pk]))


WITH_SECRET: Options = {"show": _show_secret, "output": NewTokenOutput, "status": 201}
_CREATE: Options = {
    **WITH_SECRET,
    "summary": "Create a token that acts as you. Its secret is in this answer and nowhere else.",
}
_ROTATE: Options = {
    **WITH_SECRET,
    "summary": "Replace a token of yours, or of a service account of which you hold all.",
    "detail": "Both work for a while. The new secret is in this answer and nowhere else.",
}


class TokenViewSet(ResourceViewSet[ApiToken]):
    """API tokens; a new one's secret is shown once, and deleting revokes."""

    queryset = ApiToken.objects.select_related("user")
    output_serializer = TokenOutput
    filterset_class = TokenFilter
    list, retrieve = reads(VIEW_TOKEN)
    create = creates(CREATE_TOKEN, create_token, TokenInput, subject=current_user, **_CREATE)
    rotate = runs(ROTATE_TOKEN, rotate_token, RotationInput, **_ROTATE)
    destroy = deletes(DELETE_TOKEN, revoke_token)
