"""Endpoints of SCIM tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from iac_platform.gateway.actions import Options, creates, deletes, reads, runs
from iac_platform.gateway.serializers import present_once
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.rest.token_shapes import RotationInput
from sso.scim.models import ScimToken
from sso.scim.permissions import (
    CREATE_SCIM_TOKEN,
    DELETE_SCIM_TOKEN,
    ROTATE_SCIM_TOKEN,
    VIEW_SCIM_TOKEN,
)
from sso.scim.rest.serializers import NewScimTokenOutput, ScimTokenInput, ScimTokenOutput
from sso.scim.services.tokens import create_scim_token, revoke_scim_token, rotate_scim_token

if TYPE_CHECKING:
    from rest_framework.response import Response


def _show_secret(_: object, made: tuple[ScimToken, str]) -> Response:
    """A new token with its secret, for the only time."""
    token, secret = made
    shown = {**ScimTokenOutput(token).data, "token": secret}
    return present_once(shown, 201, location=reverse("scim-token-detail", args=[token.pk]))


_WITH_SECRET: Options = {"show": _show_secret, "output": NewScimTokenOutput, "status": 201}
_CREATE: Options = {
    **_WITH_SECRET,
    "summary": "Create a SCIM token. Its secret is in this answer and nowhere else.",
    "detail": "It opens /scim/v2/ at the tenant's host, and no other API.",
}
_ROTATE: Options = {
    **_WITH_SECRET,
    "summary": "Replace a SCIM token.",
    "detail": "Both are valid for a while. The new secret is in this answer and nowhere else.",
}


class ScimTokenViewSet(ResourceViewSet[ScimToken]):
    """SCIM tokens, by which identity providers manage users and groups; deleting revokes."""

    queryset = ScimToken.objects.select_related("directory")
    output_serializer = ScimTokenOutput
    list, retrieve = reads(VIEW_SCIM_TOKEN)
    create = creates(CREATE_SCIM_TOKEN, create_scim_token, ScimTokenInput, **_CREATE)
    rotate = runs(ROTATE_SCIM_TOKEN, rotate_scim_token, RotationInput, **_ROTATE)
    destroy = deletes(DELETE_SCIM_TOKEN, revoke_scim_token)
